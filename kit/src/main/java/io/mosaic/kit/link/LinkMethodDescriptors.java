package io.mosaic.kit.link;

import io.grpc.MethodDescriptor;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.share.ShareAnswer;
import io.mosaic.model.share.ShareReport;

/** The calls of {@link LinkMethods}, for gRPC. */
public final class LinkMethodDescriptors {

    /** A request of some 400 characters of key material and a token; ten times that is nobody's. */
    public static final int JOIN_BYTES_MAX = 32 * 1024;

    /** What one agent may say at once: the reports of some thousand sets of thirty containers. */
    public static final int AGENT_MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

    /**
     * Bytes that either end sends before the other one has read them. Given, so that gRPC does not look for a good size by
     * itself: it would answer every message after a silence with a ping, and on these links nearly every message is one.
     */
    public static final int FLOW_CONTROL_WINDOW_BYTES = 1024 * 1024;

    public static final MethodDescriptor<LinkMethods.JoinRequest, LinkMethods.JoinAnswer> JOIN = method(
            LinkMethods.JOIN,
            MethodDescriptor.MethodType.UNARY,
            new JsonMarshaller<>(LinkMethods.JoinRequest.class, JOIN_BYTES_MAX),
            new JsonMarshaller<>(LinkMethods.JoinAnswer.class, JOIN_BYTES_MAX));

    public static final MethodDescriptor<AgentMessage, ControllerMessage> SESSION = method(
            LinkMethods.SESSION,
            MethodDescriptor.MethodType.BIDI_STREAMING,
            new JsonMarshaller<>(AgentMessage.class, AGENT_MESSAGE_BYTES_MAX),
            new JsonMarshaller<>(ControllerMessage.class, LinkMethods.MESSAGE_BYTES_MAX));

    public static final MethodDescriptor<Frame, Frame> STREAM = method(
            LinkMethods.STREAM,
            MethodDescriptor.MethodType.BIDI_STREAMING,
            new FrameMarshaller(),
            new FrameMarshaller());

    public static final MethodDescriptor<Frame, Frame> FORWARD = method(
            LinkMethods.FORWARD,
            MethodDescriptor.MethodType.BIDI_STREAMING,
            new FrameMarshaller(),
            new FrameMarshaller());

    public static final MethodDescriptor<LinkMethods.GrantRequest, LinkMethods.GrantAnswer> GRANT = method(
            LinkMethods.GRANT,
            MethodDescriptor.MethodType.UNARY,
            new JsonMarshaller<>(LinkMethods.GrantRequest.class, JOIN_BYTES_MAX),
            new JsonMarshaller<>(LinkMethods.GrantAnswer.class, JOIN_BYTES_MAX));

    /** A ticket and a set of pieces up, some peers with theirs down: half of that at most. */
    public static final MethodDescriptor<ShareReport, ShareAnswer> SHARE = method(
            LinkMethods.SHARE,
            MethodDescriptor.MethodType.UNARY,
            new JsonMarshaller<>(ShareReport.class, JOIN_BYTES_MAX),
            new JsonMarshaller<>(ShareAnswer.class, JOIN_BYTES_MAX));

    private LinkMethodDescriptors() {}

    private static <Q, A> MethodDescriptor<Q, A> method(
            String name,
            MethodDescriptor.MethodType type,
            MethodDescriptor.Marshaller<Q> request,
            MethodDescriptor.Marshaller<A> response) {
        return MethodDescriptor.newBuilder(request, response)
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(LinkMethods.SERVICE, name))
                .build();
    }
}
