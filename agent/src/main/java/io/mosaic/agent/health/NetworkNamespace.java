package io.mosaic.agent.health;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Sockets in the network namespace of another process. A socket belongs for good to the namespace that its maker was in,
 * so only the making happens there: on a platform thread of its own that enters the namespace (setns(2) moves one thread)
 * and ends right after. A thread that was elsewhere is never used again, which is safer than one that came back.
 *
 * <p>Thread-safe. Needs CAP_SYS_ADMIN and Linux.
 */
final class NetworkNamespace {

    private static final int CLONE_NEWNET = 0x40000000;
    private static final int O_RDONLY_CLOEXEC = 0x80000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = function(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SETNS =
            function("setns", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    static {
        // Whatever the JDK sets up with the first socket (threads, too) must be set up in our own namespace.
        try {
            SocketChannel.open(StandardProtocolFamily.INET).close();
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private NetworkNamespace() {}

    /**
     * Opens a socket in the network namespace of that process.
     *
     * @throws IOException when the process is gone, or has the agent's own network: it is none of a set then
     */
    static SocketChannel open(int pid, StandardProtocolFamily family) throws IOException {
        Path namespace = Path.of("/proc", Integer.toString(pid), "ns", "net");
        if (Files.readSymbolicLink(namespace).equals(Files.readSymbolicLink(Path.of("/proc/self/ns/net")))) {
            throw new IOException("process " + pid + " has no network of its own");
        }
        CompletableFuture<SocketChannel> opened = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("netns-" + pid).start(() -> {
            try {
                enter(namespace);
                SocketChannel channel = SocketChannel.open(family);
                if (!opened.complete(channel)) {
                    channel.close();
                }
            } catch (IOException | RuntimeException | Error e) {
                opened.completeExceptionally(e);
            }
        });
        try {
            return opened.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(cause.getMessage(), cause);
        } catch (InterruptedException e) {
            opened.cancel(false);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void enter(Path namespace) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int file = call(OPEN, state, arena.allocateFrom(namespace.toString()), O_RDONLY_CLOEXEC);
            check("open " + namespace, file, state);
            int entered = call(SETNS, state, file, CLONE_NEWNET);
            int error = (int) ERRNO.get(state, 0L);
            call(CLOSE, state, file);
            if (entered != 0) {
                throw new IOException("setns to " + namespace + ": errno " + error);
            }
        }
    }

    private static void check(String what, int result, MemorySegment state) throws IOException {
        if (result < 0) {
            throw new IOException(what + ": errno " + (int) ERRNO.get(state, 0L));
        }
    }

    private static int call(MethodHandle function, Object... arguments) throws IOException {
        try {
            return (int) function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IOException("native call failed", e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... more) {
        Linker.Option[] options = new Linker.Option[more.length + 1];
        System.arraycopy(more, 0, options, 0, more.length);
        options[more.length] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }
}
