/* srflx token: tokens for third-party authorization, as an authorization server would make them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <srflx/base64.h>
#include <srflx/clock.h>
#include <srflx/random.h>
#include <srflx/token_keys.h>
#include <srflx/wipe.h>

#include "command.h"
#include "file_lock.h"
#include "options.h"
#include "output.h"
#include "token_file.h"

enum { LIFETIME_S = 3600, LIFETIME_MOST_S = 999999999, MAC_KEY = 20 };

enum { KEY_SERVER_NAME = OPTION_LONG, KEY_KID, KEY_LIFETIME, KEY_JSON };

static const struct option_row rows[] = {
    {KEY_SERVER_NAME, "server-name", "NAME", "mint: the STUN server that the token is for"},
    {KEY_KID, "kid", "ID", "mint: the key to use; if absent: the newest"},
    {KEY_LIFETIME, "lifetime", "S", "mint: seconds that the token is good for; 3600"},
    {KEY_JSON, "json", NULL, "print one JSON object"},
    {0, NULL, NULL, NULL},
};

struct token_command {
    const struct command *command;
    const char *verb, *path, *new_kid, *server_name, *kid;
    uint32_t lifetime_s;
    bool json;
};

static const char *check_words(const struct token_command *t, int words)
{
    if (words < 2) return "want what to do, new-key or mint, and FILE";
    if (!strcmp(t->verb, "new-key")) {
        if (t->server_name || t->kid || t->lifetime_s)
            return "--server-name, --kid and --lifetime belong to mint";
        return words == 3 ? NULL : "new-key wants FILE and the new key's id";
    }
    if (strcmp(t->verb, "mint") != 0) return "want new-key or mint";
    if (words != 2) return "mint wants FILE alone";
    return t->server_name && *t->server_name ? NULL : "mint wants --server-name";
}

static bool take_option(struct token_command *t, const struct options *o, int key)
{
    switch (key) {
    case KEY_SERVER_NAME:
        t->server_name = o->value;
        return true;
    case KEY_KID:
        t->kid = o->value;
        return true;
    case KEY_LIFETIME:
        return options_number(o, 1, LIFETIME_MOST_S, &t->lifetime_s);
    default:
        return t->json = true;
    }
}

static int read_command_line(struct token_command *t, int argc, char **argv)
{
    struct options o;
    const char *wrong;
    int key, words;

    options_begin(&o, t->command, argc, argv);
    while ((key = options_next(&o)) != OPTION_END) {
        if (key == OPTION_HELP || key == OPTION_WRONG) return key;
        if (!take_option(t, &o, key)) return OPTION_WRONG;
    }
    words = argc - optind;
    if (words > 0) t->verb = argv[optind];
    if (words > 1) t->path = argv[optind + 1];
    if (words > 2) t->new_kid = argv[optind + 2];
    wrong = check_words(t, words);
    if (!t->lifetime_s) t->lifetime_s = LIFETIME_S;
    if (wrong) usage_error(t->command, "%s", wrong);
    return wrong ? OPTION_WRONG : OPTION_END;
}

static int complain(const struct token_command *t, const char *text)
{
    fprintf(stderr, "srflx %s: %s\n", t->command->name, text);
    return EXIT_LOCAL;
}

static struct srflx_view view_of(const char *text)
{
    return (struct srflx_view){(const uint8_t *)text, text ? strlen(text) : 0};
}

static int new_key(const struct token_command *t, struct srflx_token_keys *keys)
{
    char text[SRFLX_FILE_TEXT];

    if (!access(t->path, F_OK) && srflx_token_keys_load(t->path, keys, text))
        return complain(t, text);
    if (srflx_token_keys_add(keys, view_of(t->new_kid), srflx_random_fill, NULL))
        return usage_error(t->command,
                           "a key's id is 1 to %d printable characters, and new in the file",
                           SRFLX_TOKEN_KID_MAX);
    if (srflx_token_keys_store(t->path, keys, text)) return complain(t, text);
    if (t->json) print_json(json_pack("{s:b, s:s}", "ok", 1, "kid", t->new_kid));
    return EXIT_AS_ASKED;
}

static int new_key_in_turn(const struct token_command *t, struct srflx_token_keys *keys)
{
    char text[SRFLX_FILE_TEXT];
    const int lock = file_lock(t->path, text);
    int code;

    if (lock < 0) return complain(t, text);
    code = new_key(t, keys);
    close(lock);
    return code;
}

static const struct srflx_token_key *find_key(const struct token_command *t,
                                              const struct srflx_token_keys *keys)
{
    if (!t->kid) return &keys->list[0];
    for (size_t i = 0; i < keys->count; i++)
        if (keys->list[i].kid_len == strlen(t->kid) &&
            !memcmp(keys->list[i].kid, t->kid, keys->list[i].kid_len))
            return &keys->list[i];
    return NULL;
}

/* spec: R7635-4.1.1-01 R7635-6.2-02 R7635-6.2-03 R7635-6.2-04 */
static int seal(const struct token_command *t, const struct srflx_token_key *key,
                struct token_file *ret_file)
{
    struct srflx_token token = {.mac_key_len = MAC_KEY,
                                .issued_unix_ms = srflx_clock_now().unix_ms,
                                .lifetime_s = t->lifetime_s};
    uint8_t nonce[SRFLX_TOKEN_NONCE_LEN];
    int error;

    srflx_random_fill(NULL, nonce, sizeof nonce);
    srflx_random_fill(NULL, token.mac_key, MAC_KEY);
    error = srflx_token_seal(key, view_of(t->server_name), nonce, &token, ret_file->token,
                             &ret_file->token_len);
    memcpy(ret_file->mac_key, token.mac_key, MAC_KEY);
    ret_file->mac_key_len = MAC_KEY;
    memcpy(ret_file->kid, key->kid, key->kid_len);
    ret_file->kid_len = key->kid_len;
    srflx_wipe(&token, sizeof token);
    return error;
}

static json_t *base64_json(const uint8_t *bytes, size_t len)
{
    uint8_t letters[SRFLX_BASE64_LETTERS(SRFLX_TOKEN_MAX)];
    const size_t count =
        srflx_base64_encode(SRFLX_BASE64_PADDED, (struct srflx_view){bytes, len}, letters);

    return json_stringn((const char *)letters, count);
}

static int mint(const struct token_command *t, struct srflx_token_keys *keys)
{
    char text[SRFLX_FILE_TEXT];
    const struct srflx_token_key *key;
    struct token_file file;

    if (srflx_token_keys_load(t->path, keys, text)) return complain(t, text);
    key = find_key(t, keys);
    if (!key) return complain(t, "the file has no key of this id");
    if (seal(t, key, &file)) return complain(t, "the token cannot be sealed");
    if (t->json)
        print_json(json_pack("{s:b, s:s%, s:o, s:o, s:I}", "ok", 1, "kid", (const char *)file.kid,
                             file.kid_len, "access_token", base64_json(file.token, file.token_len),
                             "key", base64_json(file.mac_key, file.mac_key_len), "expires_in",
                             (json_int_t)t->lifetime_s));
    else
        token_file_print(stdout, &file);
    srflx_wipe(&file, sizeof file);
    return EXIT_AS_ASKED;
}

static int run(const struct command *self, int argc, char **argv)
{
    struct token_command t = {.command = self, .verb = "", .path = ""};
    struct srflx_token_keys keys = {.count = 0};
    int key = read_command_line(&t, argc, argv), code;

    if (key != OPTION_END) return key == OPTION_HELP ? EXIT_AS_ASKED : EXIT_USAGE;
    code = strcmp(t.verb, "mint") ? new_key_in_turn(&t, &keys) : mint(&t, &keys);
    srflx_token_keys_wipe(&keys);
    return code;
}

const struct command command_token = {
    .name = "token",
    .summary = "make keys and access tokens of RFC 7635, for tests",
    .arguments = "new-key FILE KID | mint FILE --server-name NAME",
    .about =
        "new-key adds a key to FILE, which srflxd reads with --token-key-file. mint prints a token "
        "as\n"
        "an authorization server would hand it out, with its session key: for srflx query --token.",
    .options = rows,
    .run = run,
};
