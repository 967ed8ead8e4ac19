export const userType = "aws:elasticache/user:User";
export const userGroupType = "aws:elasticache/userGroup:UserGroup";
export const parameterGroupType = "aws:elasticache/parameterGroup:ParameterGroup";
export const subnetGroupType = "aws:elasticache/subnetGroup:SubnetGroup";
export const replicationGroupType = "aws:elasticache/replicationGroup:ReplicationGroup";
