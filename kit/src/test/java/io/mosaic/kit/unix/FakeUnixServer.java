package io.mosaic.kit.unix;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that does on each connection what the test says, byte by byte. */
final class FakeUnixServer implements Closeable {

    /** What a connection does; it is closed when this returns. */
    interface Conduct {
        void serve(Connection connection) throws IOException, InterruptedException;
    }

    private final Path socket;
    private final ServerSocketChannel server;
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();

    FakeUnixServer(Path directory, Conduct conduct) throws IOException {
        socket = directory.resolve("s");
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 8);
        Thread.ofVirtual().start(() -> accept(conduct));
    }

    Path socket() {
        return socket;
    }

    int connections() {
        return connections.get();
    }

    List<Throwable> faults() {
        return faults;
    }

    private void accept(Conduct conduct) {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                int number = connections.incrementAndGet();
                Thread.ofVirtual().start(() -> {
                    try (channel) {
                        conduct.serve(new Connection(channel, number));
                    } catch (IOException | InterruptedException | RuntimeException e) {
                        faults.add(e);
                    }
                });
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                faults.add(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
    }

    /** One accepted connection. */
    record Connection(SocketChannel channel, int number) {

        /** Reads a request up to the end of its head; empty when the client closed. */
        String head() throws IOException {
            return until("\r\n\r\n");
        }

        String until(String end) throws IOException {
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            ByteBuffer one = ByteBuffer.allocate(1);
            while (!seen.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
                if (channel.read(one.clear()) < 0) {
                    return seen.toString(StandardCharsets.ISO_8859_1);
                }
                seen.write(one.get(0));
            }
            return seen.toString(StandardCharsets.ISO_8859_1);
        }

        String rest() throws IOException {
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            ByteBuffer piece = ByteBuffer.allocate(1024);
            while (channel.read(piece.clear()) >= 0) {
                seen.write(piece.array(), 0, piece.position());
            }
            return seen.toString(StandardCharsets.ISO_8859_1);
        }

        void send(String text) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }
}
