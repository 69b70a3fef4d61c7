package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a change of an app would do, were it made now.
 *
 * @param app the app as it would be
 * @param fields what of its spec differs, none of an app that is new
 * @param create names of sets that would be made; those beyond {@value #NAMES_MAX} are only counted
 * @param delete names of sets that would be removed, likewise
 * @param update names of sets that would be brought to the new template, likewise
 * @param adopt names of sets that would become the app's, likewise
 * @param created how many in all, and so on
 * @param batches in how many batches the update would go
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppPlan(
        AppResource app,
        List<Field> fields,
        List<String> create,
        List<String> delete,
        List<String> update,
        List<String> adopt,
        int created,
        int deleted,
        int updated,
        int adopted,
        int batches) {

    /** Names in one list; more help nobody. */
    public static final int NAMES_MAX = 100;

    public AppPlan {
        fields = Lists.copy(fields);
        create = Lists.copy(create);
        delete = Lists.copy(delete);
        update = Lists.copy(update);
        adopt = Lists.copy(adopt);
    }

    /**
     * A field of the spec that differs.
     *
     * @param field JSON pointer into the spec
     * @param from JSON text of its value now, absent when it has none; of environment variables no value is told
     * @param to JSON text of its value then, likewise
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Field(
            String field, @Nullable String from, @Nullable String to) {}
}
