using Migrate.Executor.Runs;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>
/// Somebody switches the source on and off at random moments, and workers are killed at random ones: whatever the order, a domain begins only with what
/// the source had when it went off last, and never while the source is on.
/// </summary>
[UsesDatabase]
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
        var (atLastLook, isStale) = (0, false);
        site.BeforeDomain = () =>
        {
            Sometimes("before its domain", before++ == 0 ? 1 : 2);
            atLastLook = Volatile.Read(ref meddling);
            return Task.CompletedTask;
        };
        site.WithDomain = () =>
        {
            Sometimes("while its domain starts", with++ == 0 ? 1 : 2);
            return Task.CompletedTask;
        };
        site.OnLive = async () =>
        {
            Tell("a domain starts");
            isStale = site.Simulator.PowerStateOf(WarmSite.VmName) != "poweredOff" || !await site.EqualsSourceAsync();
            // What is done since the run began to look it cannot know yet: it looks again, and must not leave the domain.
            if (isStale && atLastLook == Volatile.Read(ref meddling))
            {
                violations.Add($"The domain started beside a source that is {site.Simulator.PowerStateOf(WarmSite.VmName)}, or from other data: {Story()}");
            }
        };
        for (var steps = 0; (await site.RunAsync()).Phase != RunPhase.Completed; steps++)
        {
            steps.ShouldBeLessThan(400, $"{Story()}\n{await site.LogAsync()}");
            await GoOnAsync(site);
            isStale = false;
            var left = Next(1, 60);
            site.Kill.Arm(_ => Volatile.Read(ref meddling) < MostMeddling && Next(0, 3) == 0 && Interlocked.Decrement(ref left) == 0, Next(0, 2) == 0);
            var stepping = site.StepAsync();
            await Task.Delay(Next(0, 60), Cancel);
            Sometimes($"in {steps}", 2);
            try
            {
                await stepping;
            }
            catch (Exception) when (site.Kill.HasStruck)
            {
                // Seen below: nothing of the process is left that could say so.
            }

            site.Kill.Arm(_ => false, false);
            if (isStale && (await site.RunAsync()).Phase == RunPhase.Completed)
            {
                violations.Add($"A domain was left that had started from other data: {Story()}");
            }

            if (site.Kill.HasStruck)
            {
                Interlocked.Increment(ref meddling);
                Tell("killed");
                await site.StopAsync();
                await site.StartAsync();
            }
        }

        violations.ShouldBeEmpty();
        site.Starts.ShouldBeGreaterThan(0);
        site.Simulator.PowerStateOf(WarmSite.VmName).ShouldBe("poweredOff");
        (await site.EqualsSourceAsync()).ShouldBeTrue(Story());
        meddling.ShouldBeGreaterThan(2, "else this shows nothing");

        // The run's hooks and the test are on different threads.
        void Sometimes(string when, int oneIn)
        {
            lock (random)
            {
                if (meddling >= MostMeddling || random.Next(oneIn) != 0)
                {
                    return;
                }

                Interlocked.Increment(ref meddling);
                var now = site.Simulator.PowerStateOf(WarmSite.VmName);
                var what = now == "poweredOn" ? "off" : random.Next(3) == 0 ? "on" : "on and off";
                Tell($"{what} {when}");
                if (what == "on and off")
                {
                    site.RunABit();
                }
                else
                {
                    site.Simulator.Faults.SetPower(WarmSite.VmName, what == "on" ? "poweredOn" : "poweredOff");
                }
            }
        }

        int Next(int from, int below)
        {
            lock (random)
            {
                return random.Next(from, below);
            }
        }

        void Tell(string what)
        {
            lock (story)
            {
                story.Add(what);
            }
        }

        string Story()
        {
            lock (story)
            {
                return string.Join("; ", story);
            }
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
