package io.mosaic.agent.cgroup;

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
import java.nio.charset.StandardCharsets;

/** The kernel's log, by syslog(2): it never waits, as a read of /dev/kmsg does at the end. Thread-safe. Needs CAP_SYSLOG. */
final class KernelLog {

    private static final int SYSLOG_ACTION_READ_ALL = 3;
    private static final int SYSLOG_ACTION_SIZE_BUFFER = 10;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle KLOGCTL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("klogctl"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                    Linker.Option.captureCallState("errno"));

    private KernelLog() {}

    /** All that the kernel still has of it. */
    static String read() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int size = call(state, SYSLOG_ACTION_SIZE_BUFFER, MemorySegment.NULL, 0);
            MemorySegment buffer = arena.allocate(size);
            int length = call(state, SYSLOG_ACTION_READ_ALL, buffer, size);
            byte[] text = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            return new String(text, StandardCharsets.ISO_8859_1);
        }
    }

    private static int call(MemorySegment state, int action, MemorySegment buffer, int size) throws IOException {
        int result;
        try {
            result = (int) KLOGCTL.invokeExact(state, action, buffer, size);
        } catch (Throwable e) {
            throw new IOException("native call failed", e);
        }
        if (result < 0) {
            throw new IOException("the kernel's log cannot be read: errno " + (int) ERRNO.get(state, 0L));
        }
        return result;
    }
}
