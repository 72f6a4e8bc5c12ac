/* libnice asks with short-term credentials and prints its verdicts on the answers as JSON: to a Binding request,
 * and to the connectivity check of an ICE agent.  usage: ask_libnice_login SERVER USERNAME PASSWORD [fingerprint]
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <stun/stunagent.h>
#include <stun/usages/ice.h>

struct talk {
    int socket;
    const char *username, *password;
    StunAgent agent;
    StunMessage message;
    uint8_t request[1500];
};

static int connected(const char *server)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM};
    const struct timeval patience = {.tv_sec = 30};
    struct addrinfo *found;
    int fd;

    if (getaddrinfo(server, "3478", &hints, &found)) exit(2);
    fd = socket(found->ai_family, SOCK_DGRAM, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen)) exit(4);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    freeaddrinfo(found);
    return fd;
}

static StunValidationStatus validate(struct talk *talk, const uint8_t *answer, size_t len)
{
    return stun_agent_validate(&talk->agent, &talk->message, answer, len, NULL, NULL);
}

/* First what it says if a bit of MESSAGE-INTEGRITY is another one. */
static void exchange(struct talk *talk, const char *name, size_t len, int fingerprint)
{
    uint8_t answer[1500], flawed[1500];
    struct sockaddr_storage mapped;
    socklen_t mapped_len = sizeof mapped;
    StunUsageIceReturn result;
    ssize_t size;
    int code = 0;

    if (send(talk->socket, talk->request, len, 0) != (ssize_t)len) exit(4);
    size = recv(talk->socket, answer, sizeof answer, 0);
    if (size < 40) exit(1);
    memcpy(flawed, answer, (size_t)size);
    flawed[size - (fingerprint ? 9 : 1)] ^= 1;
    printf("\"%s\": {\"flawed\": %d, ", name, validate(talk, flawed, (size_t)size));
    printf("\"sound\": %d, ", validate(talk, answer, (size_t)size));
    result = stun_usage_ice_conncheck_process(&talk->message, &mapped, &mapped_len,
                                              STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    stun_message_find_error(&talk->message, &code);
    printf("\"ice\": %d, \"code\": %d}", result, code);
}

static size_t binding(struct talk *talk)
{
    if (!stun_agent_init_request(&talk->agent, &talk->message, talk->request, sizeof talk->request,
                                 STUN_BINDING))
        exit(4);
    stun_message_append_string(&talk->message, STUN_ATTRIBUTE_USERNAME, talk->username);
    return stun_agent_finish_message(&talk->agent, &talk->message, (const uint8_t *)talk->password,
                                     strlen(talk->password));
}

static size_t check(struct talk *talk)
{
    return stun_usage_ice_conncheck_create(
        &talk->agent, &talk->message, talk->request, sizeof talk->request,
        (const uint8_t *)talk->username, strlen(talk->username), (const uint8_t *)talk->password,
        strlen(talk->password), true, true, 1, 1, NULL, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
}

int main(int argc, char **argv)
{
    static const uint16_t known[] = {
        STUN_ATTRIBUTE_USERNAME,           STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
        STUN_ATTRIBUTE_ERROR_CODE,         STUN_ATTRIBUTE_UNKNOWN_ATTRIBUTES,
        STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, 0};
    int fingerprint = argc == 5;
    struct talk talk;

    if (argc < 4) return 2;
    talk.socket = connected(argv[1]);
    talk.username = argv[2];
    talk.password = argv[3];
    stun_agent_init(&talk.agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS |
                        (fingerprint ? STUN_AGENT_USAGE_USE_FINGERPRINT : 0));
    printf("{");
    exchange(&talk, "binding", binding(&talk), fingerprint);
    printf(", ");
    exchange(&talk, "check", check(&talk), fingerprint);
    puts("}");
    return 0;
}
