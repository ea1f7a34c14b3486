using Migrate.Executor.Waves;
using Migrate.Planner.Baselines.Trust;
using Migrate.Planner.Concerns;
using Migrate.Planner.Convergence;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Tests.Waves;

/// <summary>What a plan reads to prove a copy while its VM is off is downtime.</summary>
public sealed class MoveForecastTests
{
    private const long Capacity = 100L << 30;
    private const long Rate = 100L << 20;

    [Theory]
    [InlineData(MigrationMode.Cold)]
    [InlineData(MigrationMode.Warm)]
    public void Reading_both_sides_in_full_takes_as_long_as_the_disks_are_large(MigrationMode mode)
    {
        // Too short for a cutover without a pass before it, long enough to read the disks once.
        var (usual, proven) = (Of(mode, VerifyLevel.ReadBack, allowed: 1800), Of(mode, VerifyLevel.Source, allowed: 1800));

        var more = proven.DowntimeSeconds.Likely - usual.DowntimeSeconds.Likely;
        more.ShouldBeInRange((Capacity / Rate) - 60, (Capacity / Rate) + 60); // A last pass of a warm move is read back in place of it, which takes seconds.
        proven.DowntimeSeconds.High.ShouldBeGreaterThanOrEqualTo(proven.DowntimeSeconds.Likely);
    }

    [Theory]
    [InlineData(MigrationMode.Cold)]
    [InlineData(MigrationMode.Warm)]
    public void A_sample_costs_no_more_than_the_sample(MigrationMode mode) =>
        Math.Abs(Of(mode, VerifyLevel.Sample, allowed: 900).DowntimeSeconds.Likely - Of(mode, VerifyLevel.ReadBack, allowed: 900).DowntimeSeconds.Likely).ShouldBeLessThan(60);

    [Theory]
    [InlineData(MigrationMode.Cold)]
    [InlineData(MigrationMode.Warm)]
    public void Cutovers_that_were_seen_replace_what_is_assumed_of_shutting_down_and_booting(MigrationMode mode)
    {
        var (assumed, seen) = (Of(mode, VerifyLevel.ReadBack, allowed: 1800), Of(mode, VerifyLevel.ReadBack, allowed: 1800, new Band(200, 240, 500)));

        (seen.DowntimeSeconds.Likely - assumed.DowntimeSeconds.Likely).ShouldBe(240 - 60, 1);
        seen.DowntimeSeconds.Low.ShouldBeLessThanOrEqualTo(seen.DowntimeSeconds.Likely - 40);
        seen.DowntimeSeconds.High.ShouldBeGreaterThanOrEqualTo(seen.DowntimeSeconds.Likely + 260);
    }

    private static WaveVm Of(MigrationMode mode, VerifyLevel verify, int allowed, Band? seen = null)
    {
        var policy = new PlanPolicy { Verify = verify, Warm = new WarmPolicy { AllowedDowntimeSeconds = allowed } };
        var vm = new Vm { Key = "vm-1", Name = "db", PowerState = "poweredOn" };
        var disk = new PlannedDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = Capacity, FileName = "", Reader = "https-folder", Why = "", ExpectedBytesPerSecond = Rate, NamespaceUuid = Guid.NewGuid() };
        var baseline = new BaselineFacts(DateTime.UnixEpoch, 1 << 20, 2 << 20, null, new BaselineTrust(TrustLevel.High, []));
        return new MoveForecast(policy, disksAtOnce: 4, rateFactor: 1, seen).Of(vm, mode, [disk], baseline, null);
    }
}
