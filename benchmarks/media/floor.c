/* What no engine can do without: of each call, every 20 ms, one Opus packet decoded to 16 kHz, one packet
 * protected and sent, one received and unprotected. Prints percent of a core per call.
 *
 * floor CALLS SECONDS TALK ROOM      what one call of ten and what the others hear: files of packets, each
 *                                    behind its length (16 bits, little-endian)
 */
#include <arpa/inet.h>
#include <opus/opus.h>
#include <srtp2/srtp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_CALLS 1000
#define MOST_PACKETS 10000
#define HEADER 12
#define TALKS 10

struct call {
    OpusDecoder *decoder;
    srtp_t out, in;
    int near, far;
    uint16_t sequence;
};

static struct call calls[MOST_CALLS];

struct heard {
    int known;
    struct { int length; unsigned char bytes[256]; } packets[MOST_PACKETS];
};

static struct heard talk, room;

static void need(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "floor: %s\n", what);
        exit(1);
    }
}

static srtp_t session(srtp_ssrc_type_t way) {
    static unsigned char key[SRTP_MASTER_KEY_LEN] = "thirty bytes of a key and salt";
    srtp_policy_t policy;
    srtp_t made;
    memset(&policy, 0, sizeof policy);
    srtp_crypto_policy_set_rtp_default(&policy.rtp);
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    policy.ssrc.type = way;
    policy.key = key;
    need(srtp_create(&made, &policy) == srtp_err_status_ok, "srtp_create");
    return made;
}

static int bound(struct sockaddr_in *address) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t length = sizeof *address;
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    need(fd >= 0 && bind(fd, (struct sockaddr *)address, sizeof *address) == 0, "bind");
    getsockname(fd, (struct sockaddr *)address, &length);
    return fd;
}

static void open_call(struct call *call) {
    struct sockaddr_in near, far;
    int error;
    call->near = bound(&near);
    call->far = bound(&far);
    need(connect(call->near, (struct sockaddr *)&far, sizeof far) == 0, "connect");
    call->out = session(ssrc_any_outbound);
    call->in = session(ssrc_any_inbound);
    call->decoder = opus_decoder_create(16000, 1, &error);
    need(error == OPUS_OK, "opus_decoder_create");
}

static void load(struct heard *heard, const char *name) {
    FILE *file = fopen(name, "rb");
    unsigned char head[2];
    size_t length;
    need(file != NULL, name);
    while (heard->known < MOST_PACKETS && fread(head, 1, 2, file) == 2) {
        length = head[0] + 256 * head[1];
        need(length <= 256 && fread(heard->packets[heard->known].bytes, 1, length, file) == length, name);
        heard->packets[heard->known++].length = length;
    }
    need(heard->known > 0, name);
    fclose(file);
}

static void slot(struct call *call, const struct heard *heard, int number) {
    unsigned char buffer[2048] = {0x80, 111};
    opus_int16 sound[320];
    uint32_t timestamp = htonl(call->sequence * 960);
    uint16_t sequence = htons(call->sequence++);
    int length = heard->packets[number].length + HEADER;

    memcpy(buffer + 2, &sequence, 2);
    memcpy(buffer + 4, &timestamp, 4);
    memcpy(buffer + HEADER, heard->packets[number].bytes, length - HEADER);
    need(srtp_protect(call->out, buffer, &length) == srtp_err_status_ok, "srtp_protect");
    need(send(call->near, buffer, length, 0) == length, "send");
    length = recv(call->far, buffer, sizeof buffer, 0);
    need(srtp_unprotect(call->in, buffer, &length) == srtp_err_status_ok, "srtp_unprotect");
    need(opus_decode(call->decoder, buffer + HEADER, length - HEADER, sound, 320, 0) == 320, "opus_decode");
}

static double cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    need(count == 5, "floor CALLS SECONDS TALK ROOM");
    int most = atoi(arguments[1]), slots = 0;
    double seconds = atof(arguments[2]), begun;

    need(most > 0 && most <= MOST_CALLS, "too many calls, or none");
    load(&talk, arguments[3]);
    load(&room, arguments[4]);
    need(srtp_init() == srtp_err_status_ok, "srtp_init");
    for (int i = 0; i < most; i++)
        open_call(&calls[i]);
    begun = cpu();
    while (cpu() - begun < seconds) {
        for (int i = 0; i < most; i++) {
            const struct heard *heard = i % TALKS ? &room : &talk;
            slot(&calls[i], heard, (slots + i * 37) % heard->known);
        }
        slots++;
    }
    printf("%f\n", 100 * (cpu() - begun) / slots / most / 0.02);
    return 0;
}
