package io.mosaic.controller.app;

import static io.mosaic.controller.app.AppStory.APP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.model.AppRoles;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppStatus;
import io.mosaic.model.HostSpec;
import io.mosaic.model.Interval;
import io.mosaic.model.Placement.Part;
import io.mosaic.model.Placement.Per;
import io.mosaic.model.ProblemException;
import io.mosaic.model.RolesStatus.Phase;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.UpdatePolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is primary, and how that changes; the story checks at each second that there are never two. */
class PrimariesTest {

    private static AppSpec db(int replicas) {
        return AppStory.app(replicas, "1").withRoles(roles(AppRoles.Promote.AUTOMATIC));
    }

    private static AppRoles roles(AppRoles.Promote promote) {
        return new AppRoles(Per.HOST, promote, null, null, null, Interval.ofSeconds(15));
    }

    private static AppStory running(int hosts, int replicas) {
        return AppStory.onHosts(hosts).created(db(replicas)).afterSeconds(20);
    }

    private static String name(int instance) {
        return APP + "-000" + instance;
    }

    private static AppStory switchover(AppStory story, String to) {
        return story.commit(RoleDecisions.switchover("default", APP, to, null, story.now()));
    }

    @Test
    void oneIsPrimaryAndNoTwoShareAHost() {
        AppStory story = running(4, 3);
        assertThat(story.primaries()).containsExactly(name(1));
        assertThat(story.roles().phase()).isEqualTo(Phase.HELD);
        assertThat(story.roles().primary()).isEqualTo(name(1));
        assertThat(story.roles().term()).isEqualTo(1);
        assertThat(story.members().stream().map(set -> set.status().host()).distinct())
                .hasSize(3);
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY);
        assertThat(story.told("Promoted")).hasSize(1);
    }

    @Test
    void moreInstancesThanHostsWait() {
        AppStory story = running(2, 3);
        assertThat(story.members().stream().filter(set -> set.status().host() == null))
                .hasSize(1);
        assertThat(story.primaries()).hasSize(1);
    }

    @Test
    void switchoverChangesThePrimaryUnderNewTerms() {
        AppStory story = switchover(running(4, 3), name(3));
        assertThat(story.roles().switchover()).isNotNull();
        story.afterSeconds(5);
        assertThat(story.primaries()).containsExactly(name(3));
        assertThat(story.roles().term()).isEqualTo(3);
        assertThat(story.roles().switchover()).isNull();
        assertThat(story.told("Demoted")).hasSize(1);
        assertThat(story.told("Promoted")).hasSize(2);
        assertThat(Members.of(story.member(1)).muted()).isFalse();
    }

    @Test
    void switchoverWithoutATargetTakesTheBestStandby() {
        AppStory story = switchover(running(4, 3), null).afterSeconds(5);
        assertThat(story.primaries()).containsExactly(name(2));
    }

    @Test
    void switchoverThatCannotBeIsRefused() {
        AppStory story = running(4, 3);
        assertThatThrownBy(() -> switchover(story, name(1)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("primary already");
        assertThatThrownBy(() -> switchover(story, name(9))).hasMessageContaining("no instance named");
        story.failing(set -> set.name().equals(name(2))).afterSeconds(3);
        assertThatThrownBy(() -> switchover(story, name(2))).hasMessageContaining("not fit");
        switchover(story, name(3));
        switchover(story, name(3));
        assertThatThrownBy(() -> switchover(story, name(2))).hasMessageContaining("under way");
        AppStory alike = AppStory.onHosts(2).created(AppStory.app(2, "1")).afterSeconds(10);
        assertThatThrownBy(() -> switchover(alike, name(2))).hasMessageContaining("has no roles");
        story.commit(AppDecisions.delete("default", APP, null, story.now()));
        assertThatThrownBy(() -> switchover(story, name(3))).hasMessageContaining("being deleted");
    }

    @Test
    void aDemotionThatIsNotConfirmedGivesTheRoleBack() {
        AppStory story = running(4, 3).stuck(set -> set.name().equals(name(1)));
        switchover(story, name(2)).afterSeconds(10);
        assertThat(story.roles().phase()).isEqualTo(Phase.DEMOTING);
        assertThat(story.primaries()).containsExactly(name(1));
        story.afterSeconds(20).stuck(set -> false).afterSeconds(10);
        assertThat(story.primaries()).containsExactly(name(1));
        assertThat(story.roles().term()).isEqualTo(3);
        assertThat(story.told("SwitchoverFailed")).hasSize(1);
        assertThat(Members.of(story.member(1)).muted()).isFalse();
    }

    @Test
    void aTargetThatFailsMeanwhileGivesTheRoleBack() {
        AppStory story = running(4, 3).stuck(set -> set.name().equals(name(1)));
        switchover(story, name(2))
                .afterSeconds(3)
                .failing(set -> set.name().equals(name(2)))
                .afterSeconds(3)
                .stuck(set -> false)
                .afterSeconds(5);
        assertThat(story.primaries()).containsExactly(name(1));
        assertThat(story.told("SwitchoverFailed")).hasSize(1);
    }

    @Test
    void anInstanceThatCannotBePromotedIsNoneAndAnotherIsTried() {
        AppStory story = running(4, 3).refusing(set -> set.name().equals(name(2)));
        switchover(story, name(2)).afterSeconds(15);
        assertThat(story.primaries()).hasSize(1).doesNotContain(name(2));
        assertThat(story.told("PromoteFailed")).hasSize(1);
        assertThat(story.told("SwitchoverFailed")).hasSize(1);
        assertThat(story.roles().primary()).isEqualTo(name(1));
    }

    @Test
    void aSilentHostsPrimaryIsReplacedAfterTheFenceAndComesBackAsStandby() {
        AppStory story = running(4, 3);
        String host = String.valueOf(story.member(1).status().host());
        story.silent(host).afterSeconds(14);
        assertThat(story.roles().primary()).isEqualTo(name(1));
        assertThat(story.told("Fenced")).isEmpty();
        story.afterSeconds(6);
        assertThat(story.told("Fenced")).hasSize(1);
        assertThat(story.primaries()).containsExactly(name(2));
        story.back(host).afterSeconds(10);
        assertThat(story.primaries()).containsExactly(name(2));
        assertThat(story.member(1).intent().role().is()).isEqualTo(Part.STANDBY);
        assertThat(story.member(1).status().role().is()).isEqualTo(Part.STANDBY);
    }

    @Test
    void manualLeavesAnAppWithoutPrimaryUntilSomebodySays() {
        AppStory story = AppStory.onHosts(4)
                .created(AppStory.app(3, "1").withRoles(roles(AppRoles.Promote.MANUAL)))
                .afterSeconds(20);
        assertThat(story.primaries()).containsExactly(name(1));
        story.silent(String.valueOf(story.member(1).status().host())).afterSeconds(40);
        assertThat(story.primaries()).isEmpty();
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.DEGRADED);
        assertThat(story.app().status().reason()).contains("switchover");
        switchover(story, null).afterSeconds(5);
        assertThat(story.primaries()).containsExactly(name(2));
    }

    @Test
    void aPrimaryThatGoesOnFailingIsReplaced() {
        AppStory story =
                running(4, 3).failing(set -> set.name().equals(name(1))).afterSeconds(10);
        assertThat(story.primaries()).hasSize(1).doesNotContain(name(1));
        assertThat(story.told("PrimaryFailed")).hasSize(1);
    }

    @Test
    void aDeletedPrimaryIsReplacedAndMadeAnewAsStandby() {
        AppStory story = running(4, 3);
        story.commit(SetDecisions.delete("default", name(1), null, story.now())).afterSeconds(15);
        assertThat(story.primaries()).containsExactly(name(2));
        assertThat(story.member(1).intent().role().is()).isEqualTo(Part.STANDBY);
        assertThat(story.members()).hasSize(3);
    }

    @Test
    void scalingInLeavesThePrimary() {
        AppStory story =
                switchover(running(4, 3), name(3)).afterSeconds(5).scaled(1).afterSeconds(10);
        assertThat(story.members()).hasSize(1);
        assertThat(story.primaries()).containsExactly(name(3));
        assertThatThrownBy(() -> story.scaled(0)).hasMessageContaining("at least 1");
        story.scaled(3).afterSeconds(10);
        assertThat(story.primaries()).containsExactly(name(3));
    }

    @Test
    void anUpdateTakesThePrimaryLastAfterASwitchover() {
        for (UpdatePolicy.Strategy strategy : UpdatePolicy.Strategy.values()) {
            AppStory story = AppStory.onHosts(4)
                    .created(db(3).withUpdate(AppStory.policy("1", strategy, UpdatePolicy.OnFailure.REVERT, 0)))
                    .afterSeconds(20)
                    .watchingTheBudget()
                    .template(3, "2");
            boolean switched = false;
            for (int second = 0; second < 90 && story.rollout() != Rollout.State.DONE; second++) {
                story.afterSeconds(1);
                String primary = story.roles().primary();
                switched |= !name(1).equals(primary);
                SetResource first = story.members().stream()
                        .filter(set -> set.name().equals(name(1)))
                        .findFirst()
                        .orElse(null);
                if (first == null || AppStory.turn(first).equals("2")) {
                    assertThat(switched)
                            .as(strategy + ": another took over first")
                            .isTrue();
                }
            }
            assertThat(story.rollout()).as(strategy.word()).isEqualTo(Rollout.State.DONE);
            assertThat(story.primaries()).as(strategy.word()).hasSize(1).doesNotContain(name(1));
        }
    }

    @Test
    void aBadUpdateNeverReachesThePrimary() {
        AppStory story = running(4, 3).template(3, "bad").afterSeconds(120);
        assertThat(story.rollout()).isEqualTo(Rollout.State.REVERTED);
        assertThat(story.primaries()).containsExactly(name(1));
        assertThat(story.roles().term()).isEqualTo(1);
    }

    @Test
    void aDrainSwitchesOverBeforeItMoves() {
        AppStory story = running(4, 3);
        String host = String.valueOf(story.member(1).status().host());
        story.commit(HostDecisions.drain(host, new HostSpec.Drain(1, false), null, story.now()))
                .afterSeconds(40);
        assertThat(story.primaries()).containsExactly(name(2));
        assertThat(story.member(1).status().host()).isNotEqualTo(host);
        assertThat(story.members().stream().map(set -> set.status().state().name()))
                .containsOnly("RUNNING");
    }

    @Test
    void aPrimaryAloneIsDrainedAsItIs() {
        AppStory story = running(2, 1);
        String host = String.valueOf(story.member(1).status().host());
        story.commit(HostDecisions.drain(host, new HostSpec.Drain(1, false), null, story.now()))
                .afterSeconds(40);
        assertThat(story.primaries()).containsExactly(name(1));
        assertThat(story.member(1).status().host()).isNotEqualTo(host);
    }

    @Test
    void rolesComeAndGoOnlyWithoutInstances() {
        AppStory story = running(4, 2);
        assertThatThrownBy(() -> story.changed(story.app().spec().withRoles(null)))
                .hasMessageContaining("/roles: cannot change");
        assertThatThrownBy(() -> story.changed(story.app()
                        .spec()
                        .withRoles(new AppRoles(Per.ZONE, null, null, null, null, Interval.ofSeconds(15)))))
                .hasMessageContaining("/roles/apart");
        AppRoles slower = new AppRoles(Per.HOST, AppRoles.Promote.AUTOMATIC, null, null, null, Interval.ofSeconds(60));
        story.changed(story.app().spec().withRoles(slower)).afterSeconds(5);
        assertThat(story.member(2).intent().role().fence()).isEqualTo(Interval.ofSeconds(60));
        assertThat(story.member(1).intent().role().fence())
                .as("of the primary, by which the leader counts")
                .isEqualTo(Interval.ofSeconds(15));
        switchover(story, null).afterSeconds(5);
        assertThat(story.member(1).intent().role().fence()).isEqualTo(Interval.ofSeconds(60));
    }

    @Test
    void theWholeAppGoes() {
        AppStory story = running(4, 3);
        story.commit(AppDecisions.delete("default", APP, null, story.now())).afterSeconds(10);
        assertThat(story.members()).isEmpty();
        assertThat(story.image().app("default", APP)).isNull();
        assertThat(List.copyOf(story.primaries())).isEmpty();
    }
}
