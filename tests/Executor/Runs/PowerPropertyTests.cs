using Migrate.Executor.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>
/// Somebody switches the source on and off at random moments, and workers are killed at random ones: whatever the order, a domain begins only with what
/// the source had when it went off last, and never while the source is on.
/// </summary>
public sealed class PowerPropertyTests
{
    private const int MostMeddling = 12;
    private static readonly WarmPolicy Policy = new() { AllowedDowntimeSeconds = 3600, PassIntervalSeconds = 0, CutOverWhenReady = true, DatastoreFreeShare = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MigrationMode.Warm, 1)]
    [InlineData(MigrationMode.Warm, 2)]
    [InlineData(MigrationMode.Cold, 3)]
    [InlineData(MigrationMode.Cold, 4)]
    public async Task No_domain_begins_with_stale_data_and_two_copies_are_never_left_on(MigrationMode mode, int seed)
    {
        var random = new Random(seed);
        await using var site = await WarmSite.OpenAsync(Policy, [(2L << 20) + 4096], mode: mode);
        List<string> story = [];
        List<string> violations = [];
        var meddling = 0;
        var (before, with) = (0, 0);
        site.BeforeDomain = () => Sometimes("before its domain", before++ == 0 ? 1 : 2);
        site.WithDomain = () => Sometimes("while its domain starts", with++ == 0 ? 1 : 2);
        site.OnLive = async () =>
        {
            story.Add("a domain starts");
            if (site.Simulator.PowerStateOf(WarmSite.VmName) != "poweredOff" || !await site.EqualsSourceAsync())
            {
                violations.Add($"The domain started beside a source that is {site.Simulator.PowerStateOf(WarmSite.VmName)}, or from other data: {string.Join("; ", story)}");
            }
        };
        for (var steps = 0; (await site.RunAsync()).Phase != RunPhase.Completed; steps++)
        {
            steps.ShouldBeLessThan(400, $"{string.Join("; ", story)}\n{await site.LogAsync()}");
            await GoOnAsync(site);
            var left = random.Next(1, 60);
            site.Kill.Arm(_ => meddling < MostMeddling && random.Next(3) == 0 && Interlocked.Decrement(ref left) == 0, random.Next(2) == 0);
            var stepping = site.StepAsync();
            await Task.Delay(random.Next(60), Cancel);
            await Sometimes($"in {steps}", 2);
            try
            {
                await stepping;
            }
            catch (Exception) when (site.Kill.HasStruck)
            {
                // Seen below: nothing of the process is left that could say so.
            }

            site.Kill.Arm(_ => false, false);
            if (site.Kill.HasStruck)
            {
                meddling++;
                story.Add("killed");
                await site.StopAsync();
                await site.StartAsync();
            }
        }

        violations.ShouldBeEmpty();
        site.Starts.ShouldBeGreaterThan(0);
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOff");
        (await site.EqualsSourceAsync()).ShouldBeTrue(string.Join("; ", story));
        meddling.ShouldBeGreaterThan(2, "else this shows nothing");

        Task Sometimes(string when, int oneIn)
        {
            if (meddling < MostMeddling && random.Next(oneIn) == 0)
            {
                meddling++;
                var now = site.Simulator.PowerStateOf(WarmSite.VmName);
                var what = now == "poweredOn" ? "off" : random.Next(3) == 0 ? "on" : "on and off";
                story.Add($"{what} {when}");
                if (what == "on and off")
                {
                    site.RunABit();
                }
                else
                {
                    site.Simulator.Faults.SetPower(WarmSite.VmName, what == "on" ? "poweredOn" : "poweredOff");
                }
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>What an operator does about a run that failed: what it says.</summary>
    private static async Task GoOnAsync(WarmSite site)
    {
        await Task.Delay(30, Cancel); // Until what was put off is due.
        if (await site.RunAsync() is not { Phase: RunPhase.Failed } failed)
        {
            return;
        }

        if (failed.ErrorCode == "source.not-off")
        {
            site.Simulator.Faults.SetPower(WarmSite.VmName, "poweredOff");
        }

        failed.ErrorCode!.ShouldNotBe("internal", await site.LogAsync());
        await site.Get<RunControl>().RetryAsync(site.RunId, Cancel);
    }
}
