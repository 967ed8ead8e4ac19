/*
 * Preloaded into the programs of a pod. All pods share the network of the machine, so what a pod thinks of as "all addresses" or "localhost" is
 * taken to mean the pod's own address, given in PLINTH_POD_ADDRESS: two pods can listen on the same port, and containers of a pod find each other.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef int (*socket_call)(int, const struct sockaddr *, socklen_t);

static int pod_address(struct in_addr *pod) {
  const char *text = getenv("PLINTH_POD_ADDRESS");
  return text != NULL && inet_pton(AF_INET, text, pod) == 1;
}

static int is_any(in_addr_t address) { return address == htonl(INADDR_ANY); }
static int is_own(in_addr_t address) { return is_any(address) || address == htonl(INADDR_LOOPBACK); }

/* Copies the address into `copy`, redirected to the pod when it means "here"; answers whether it does. `any` and `port` say what it was. */
static int redirect(const struct sockaddr *address, socklen_t length, struct sockaddr_storage *copy, int *any, int *port) {
  struct in_addr pod;
  if (address == NULL || length > sizeof *copy || !pod_address(&pod)) return 0;
  memcpy(copy, address, length);
  if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
    struct sockaddr_in *four = (struct sockaddr_in *)copy;
    if (!is_own(four->sin_addr.s_addr)) return 0;
    *any = is_any(four->sin_addr.s_addr);
    *port = ntohs(four->sin_port);
    four->sin_addr = pod;
    return 1;
  }
  if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)copy;
    in_addr_t mapped;
    memcpy(&mapped, &six->sin6_addr.s6_addr[12], sizeof mapped);
    const int is_mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);
    if (!IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) && !IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) && !(is_mapped && is_own(mapped)))
      return 0;
    *any = IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) || (is_mapped && is_any(mapped));
    *port = ntohs(six->sin6_port);
    memset(&six->sin6_addr, 0, sizeof six->sin6_addr);
    memset(&six->sin6_addr.s6_addr[10], 0xff, 2);
    memcpy(&six->sin6_addr.s6_addr[12], &pod, sizeof pod);
    return 1;
  }
  return 0;
}

int bind(int socket, const struct sockaddr *address, socklen_t length) {
  const socket_call real = (socket_call)dlsym(RTLD_NEXT, "bind");
  struct sockaddr_storage copy;
  int any = 0, port = 0;
  /* Any address and any port: a client that does not care. */
  if (!redirect(address, length, &copy, &any, &port) || (any && port == 0)) return real(socket, address, length);
  if (address->sa_family == AF_INET6) {
    int only_six = 0;
    socklen_t size = sizeof only_six;
    if (getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only_six, &size) == 0 && only_six) {
      /* The twin of an IPv4 socket that gets the pod's address: pods have no IPv6, so it listens where nobody comes. */
      struct sockaddr_in6 *six = (struct sockaddr_in6 *)&copy;
      six->sin6_addr = in6addr_loopback;
      six->sin6_port = 0;
    }
  }
  return real(socket, (struct sockaddr *)&copy, length);
}

int connect(int socket, const struct sockaddr *address, socklen_t length) {
  const socket_call real = (socket_call)dlsym(RTLD_NEXT, "connect");
  struct sockaddr_storage copy;
  int any = 0, port = 0;
  if (!redirect(address, length, &copy, &any, &port)) return real(socket, address, length);
  return real(socket, (struct sockaddr *)&copy, length);
}
