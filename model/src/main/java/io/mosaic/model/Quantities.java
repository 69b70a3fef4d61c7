package io.mosaic.model;

import java.math.BigDecimal;
import java.util.regex.Pattern;

/** What {@link Cpu}, {@link Bytes} and {@link Interval} share: plain decimals of bounded length. */
final class Quantities {

    /** Short on purpose: a quantity of a thousand digits or with an exponent is an attack or a slip. */
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,16}(\\.[0-9]{1,9})?");

    private Quantities() {}

    static BigDecimal decimal(String digits, String what, String example) {
        if (!DECIMAL.matcher(digits).matches()) {
            throw new IllegalArgumentException(what + " must be a plain quantity such as " + example);
        }
        return new BigDecimal(digits);
    }
}
