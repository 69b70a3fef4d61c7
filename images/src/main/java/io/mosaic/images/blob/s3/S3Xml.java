package io.mosaic.images.blob.s3;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What the protocol's answers say, which are flat: the root's name, its texts by name, and the texts of those children that have
 * children themselves.
 *
 * @param parts in their order, of every name
 */
record S3Xml(String root, Map<String, String> texts, List<Part> parts) {

    /** A child with children. */
    record Part(String name, Map<String, String> texts) {}

    /**
     * Reads one. No document type is read, and nothing from outside.
     *
     * @throws IOException when it is not well-formed
     */
    static S3Xml read(String text) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        try {
            // Endpoints send spaces first while they work, so that nobody loses patience.
            return read(factory.createXMLStreamReader(new StringReader(text.strip())));
        } catch (XMLStreamException e) {
            throw new IOException("the answer is no well-formed XML", e);
        }
    }

    private static S3Xml read(XMLStreamReader reader) throws XMLStreamException {
        String root = "";
        Map<String, String> texts = new LinkedHashMap<>();
        List<Part> parts = new ArrayList<>();
        Map<String, String> inner = new LinkedHashMap<>();
        StringBuilder content = new StringBuilder();
        int depth = 0;
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    depth++;
                    content.setLength(0);
                    if (depth == 1) {
                        root = reader.getLocalName();
                    }
                }
                case XMLStreamConstants.CHARACTERS -> content.append(reader.getText());
                case XMLStreamConstants.END_ELEMENT -> {
                    String name = reader.getLocalName();
                    if (depth == 3) {
                        inner.put(name, content.toString());
                    } else if (depth == 2 && inner.isEmpty()) {
                        texts.put(name, content.toString());
                    } else if (depth == 2) {
                        parts.add(new Part(name, inner));
                        inner = new LinkedHashMap<>();
                    }
                    content.setLength(0);
                    depth--;
                }
                default -> {
                    // Comments and such say nothing.
                }
            }
        }
        return new S3Xml(root, texts, parts);
    }

    String text(String name) {
        return texts.getOrDefault(name, "");
    }

    /**
     * One that must be there.
     *
     * @throws IOException when it is not
     */
    String required(String name) throws IOException {
        String text = text(name);
        if (text.isEmpty()) {
            throw new IOException("the answer " + root + " has no " + name);
        }
        return text;
    }
}
