package io.mosaic.images.access;

import io.mosaic.kit.tls.DurableFile;
import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that sign {@link ScopeTokens}, in a file that only the process' own user may read. The newest signs; those before it are good
 * for as long as tokens that they signed can be, and then go. The file is replaced whole, and a key signs nothing before it is there: so a
 * process that ends at any point leaves what was, or what is to be. Thread-safe.
 */
public final class TokenKeys {

    private static final Logger LOG = LoggerFactory.getLogger(TokenKeys.class);

    /** So old it gets by itself. */
    public static final Duration AGE = Duration.ofDays(30);

    /** Beyond a token's life, for a clock that is set back a little. */
    private static final Duration MARGIN = Duration.ofMinutes(1);

    /** Whoever rotates more often than this in a token's life ends tokens early, which only costs their owners a new one. */
    static final int KEYS_MAX = 16;

    private static final Set<PosixFilePermission> OWNER =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 4;

    /** Characters of an id. */
    static final int ID_CHARS = 2 * ID_BYTES;

    /**
     * One key.
     *
     * @param id tells it from others, and is no secret
     * @param secret 32 random bytes in hexadecimal digits
     * @param made when
     * @param until it is good; absent: it signs
     */
    record Key(
            String id,
            String secret,
            Instant made,
            @Nullable Instant until) {

        byte[] bytes() {
            return HexFormat.of().parseHex(secret);
        }

        private boolean good(Instant now) {
            return until == null || now.isBefore(until);
        }

        /** Without its secret. */
        @Override
        public String toString() {
            return "key " + id;
        }
    }

    /** As it is in the file; the newest first. */
    private record Kept(List<Key> keys) {}

    private final Path file;
    private final SecureRandom random;
    private final InstantSource clock;
    private volatile List<Key> keys;

    private TokenKeys(Path file, SecureRandom random, InstantSource clock, List<Key> keys) {
        this.file = file;
        this.random = random;
        this.clock = clock;
        this.keys = keys;
    }

    /**
     * Those of that file; a first one is made when there is none.
     *
     * @throws IOException when the file cannot be read or written, is no such file, or may be read by others
     */
    public static TokenKeys open(Path file, SecureRandom random, InstantSource clock) throws IOException {
        removeDrafts(file);
        TokenKeys opened = new TokenKeys(file, random, clock, read(file));
        if (opened.keys.isEmpty()) {
            opened.rotate();
        } else {
            opened.tidy();
        }
        return opened;
    }

    /** What a process left that ended while it wrote: a key in there would never go. */
    private static void removeDrafts(Path file) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(directory, "." + file.getFileName() + "*.tmp")) {
            for (Path draft : drafts) {
                Files.deleteIfExists(draft);
            }
        }
    }

    private static List<Key> read(Path file) throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
            throw new IOException(file + " may be read by others than its owner: chmod 600, and rotate the key");
        }
        try {
            List<Key> keys = Json.read(content, Kept.class).keys();
            if (keys != null
                    && !keys.isEmpty()
                    && keys.getFirst().until() == null
                    && keys.stream().allMatch(TokenKeys::whole)) {
                return List.copyOf(keys);
            }
        } catch (ProblemException e) {
            // Its words could quote the content.
            LOG.debug("{} is not to be read", file);
        }
        throw new IOException(file + " holds no keys: remove it, and clients log in again by themselves");
    }

    private static boolean whole(Key key) {
        return key.id() != null
                && key.id().length() == ID_CHARS
                && key.made() != null
                && key.secret() != null
                && key.secret().matches("[0-9a-f]{" + 2 * SECRET_BYTES + "}");
    }

    /** The one that signs. */
    Key current() {
        return keys.getFirst();
    }

    /** The one of that id, while it is good. */
    @Nullable
    Key find(String id, Instant now) {
        for (Key key : keys) {
            if (key.id().equals(id)) {
                return key.good(now) ? key : null;
            }
        }
        return null;
    }

    /** The name of the key that signs, which is no secret. */
    public String currentId() {
        return current().id();
    }

    /** When the last of those before it goes; absent: there is none. */
    public @Nullable Instant lastUntil() {
        Instant now = clock.instant();
        return keys.stream()
                .filter(key -> key.good(now))
                .map(Key::until)
                .filter(Objects::nonNull)
                .max(Instant::compareTo)
                .orElse(null);
    }

    /**
     * Signs with a new key from now on. What the last one signed stays good until it expires.
     *
     * @throws IOException when it cannot be kept; then nothing has changed
     */
    public synchronized void rotate() throws IOException {
        Instant now = clock.instant();
        List<Key> all = new ArrayList<>();
        byte[] secret = new byte[SECRET_BYTES];
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(secret);
        do {
            random.nextBytes(id);
        } while (keys.stream().anyMatch(key -> key.id().equals(HexFormat.of().formatHex(id))));
        all.add(new Key(HexFormat.of().formatHex(id), HexFormat.of().formatHex(secret), now, null));
        Instant until = now.plus(ScopeTokens.LIFE).plus(MARGIN);
        for (Key key : good(now)) {
            all.add(key.until() == null ? new Key(key.id(), key.secret(), key.made(), until) : key);
        }
        keep(all.subList(0, Math.min(KEYS_MAX, all.size())));
        LOG.info("tokens of registry clients are signed by key {} from now on", currentId());
    }

    /**
     * Lets go of keys whose time is over, and makes a new one when the one that signs is older than {@link #AGE}.
     *
     * @throws IOException when that cannot be kept
     */
    public synchronized void tidy() throws IOException {
        Instant now = clock.instant();
        if (!now.isBefore(current().made().plus(AGE))) {
            rotate();
        } else if (good(now).size() < keys.size()) {
            keep(good(now));
        }
    }

    private List<Key> good(Instant now) {
        return keys.stream().filter(key -> key.good(now)).toList();
    }

    private void keep(List<Key> all) throws IOException {
        DurableFile.writeSecret(file, Json.bytes(new Kept(all)));
        keys = List.copyOf(all);
    }
}
