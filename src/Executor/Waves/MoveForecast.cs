using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Concerns;
using Migrate.Planner.Convergence;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Executor.Waves;

/// <summary>How long each VM takes to be copied and how long it is down, before anything of it was copied. docs/waves.md has the formulas.</summary>
/// <param name="policy">Of the plan.</param>
/// <param name="disksAtOnce">Of a VM.</param>
/// <param name="rateFactor">What copies reach, as a multiple of what is expected of them.</param>
/// <param name="fixedSeconds">What cutovers took besides copying and proving; null: none were seen.</param>
internal sealed class MoveForecast(PlanPolicy policy, int disksAtOnce, double rateFactor, Band? fixedSeconds)
{
    // As long as no cutover was seen: shutting down, starting and booting take so much of their usual time at best and at worst.
    private const double QuickBoot = 0.5;
    private const double SlowBoot = 3;
    private readonly Band _fixed = fixedSeconds ?? Band.Around(PassEstimate.AssumedFixedDowntimeSeconds, QuickBoot, SlowBoot);
    private int _unmeasured;
    private int _unsized;
    private int _restless;

    public IEnumerable<string> Assumptions
    {
        get
        {
            if (_unmeasured > 0)
            {
                yield return $"{_unmeasured} VMs that move warm have no baseline: how fast they change is not known, and their downtime is taken to be what is allowed.";
            }

            if (_restless > 0)
            {
                yield return $"{_restless} VMs change too fast to fit the allowed downtime: their downtime is that of the last pass that is allowed ('migrate plan forecast').";
            }

            if (_unsized > 0)
            {
                yield return $"Of {_unsized} VMs the source does not say what their disks hold: they are taken to be full.";
            }
        }
    }

    public WaveVm Of(Vm vm, MigrationMode mode, IReadOnlyList<PlannedDisk> disks, BaselineFacts? baseline, double? changeOfRules)
    {
        var held = vm.Disks.ToDictionary(x => x.Key, x => x.CommittedBytes);
        _unsized += disks.Any(x => held.GetValueOrDefault(x.Key) is null) ? 1 : 0;
        List<(double Bytes, double Rate)> copies = [.. disks.Select(x => ((double)Math.Min(x.CapacityBytes, held.GetValueOrDefault(x.Key) ?? x.CapacityBytes), Math.Max(1, x.ExpectedBytesPerSecond * rateFactor)))];
        var bytes = copies.Sum(x => x.Bytes);
        // Disks are copied side by side, so many at once: no sooner than the longest of them, nor than all of them in so many lanes.
        var seconds = copies.Count == 0 ? 0 : Math.Max(copies.Max(x => x.Bytes / x.Rate), copies.Sum(x => x.Bytes / x.Rate) / Math.Max(1, disksAtOnce));
        var rate = seconds > 0 ? bytes / seconds : Math.Max(1, copies.Select(x => x.Rate).DefaultIfEmpty(1).Sum());
        var change = baseline?.WriteBytesPerSecond ?? changeOfRules;
        var (lastPassFactor, proof) = WarmForecast.ProofOf(policy.Verify, disks);
        var wave = new WaveVm
        {
            Key = vm.Key,
            Name = vm.Name,
            Mode = mode,
            CopyBytes = (long)bytes,
            BytesPerSecond = rate,
            ChangeBytesPerSecond = change,
            // What is read to prove the copy is read while the VM is off, whichever way it moves.
            DowntimeSeconds = _fixed.Plus(proof / rate),
            Cpus = Math.Max(1, vm.CpuCount),
            MemoryBytes = vm.MemoryBytes,
            StorageBytes = (long)bytes,
        };
        return mode == MigrationMode.Warm ? Warm(wave, disks.Sum(x => x.CapacityBytes), change, baseline?.BusiestWriteBytesPerSecond, lastPassFactor, proof) : wave;
    }

    private WaveVm Warm(WaveVm vm, long capacity, double? change, double? busiest, double lastPassFactor, long proof)
    {
        var allowed = policy.Warm.AllowedDowntimeSeconds;
        if (change is not { } writes)
        {
            _unmeasured++;
            var most = Math.Max(allowed, vm.DowntimeSeconds.Likely);
            return vm with { DowntimeSeconds = new Band(vm.DowntimeSeconds.Low, most, most), SettleSeconds = 2 * PassEstimate.AssumedOverheadSeconds };
        }

        var model = PassEstimate.Before(vm.CopyBytes, capacity, writes, busiest, vm.BytesPerSecond, allowed, policy.Warm.MostPasses) with { LastPassFactor = lastPassFactor, VerifiedBytes = proof, FixedDowntimeSeconds = _fixed.Likely };
        var forecast = ConvergenceForecast.Of(model);
        _restless += forecast.Converges ? 0 : 1;
        // After the first copy, which is one of the passes; each of the others begins with what changed in the one before.
        var (settle, pass) = (0.0, vm.CopyBytes / vm.BytesPerSecond);
        for (var passes = Math.Min(forecast.PassesNeeded ?? model.MostPasses, model.MostPasses); passes > 1; passes--)
        {
            pass = model.OverheadSeconds + (Math.Min(capacity, writes * pass) / vm.BytesPerSecond);
            settle += pass;
        }

        var downtime = fixedSeconds is not { } seen ? forecast.DowntimeSeconds
            : new Band(forecast.DowntimeSeconds.Low + seen.Low - seen.Likely, forecast.DowntimeSeconds.Likely, forecast.DowntimeSeconds.High + seen.High - seen.Likely);
        return vm with { DowntimeSeconds = downtime, SettleSeconds = settle };
    }
}
