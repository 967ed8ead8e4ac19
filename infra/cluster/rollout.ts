/**
 * After so long without progress a rollout has failed. Half of Kubernetes' default: a node that the autoscaler has to add first is there in about
 * three minutes, and a pod that will never be ready should not keep an update waiting for ten.
 */
export const progressDeadlineSeconds = 300;
