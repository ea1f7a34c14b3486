namespace Migrate.Planner.Concerns.Rules;

internal sealed class PeakExceedsTarget : IConcernRule
{
    public string Id => "baseline.peak-exceeds-target";

    public string Label => "Peak is above what the target was measured to give";

    public string Finds => "Warning when a disk's busiest 20 s had more IOPS than the KVM host's storage gave to fio.";

    public string Assessment => "The busiest interval of the baseline asked for more I/Os per second than the target's storage was measured to give: in such hours the guest waits, whatever the domain's settings are.";

    public string Remedy => "Put the VM on faster storage, spread the wave's VMs over more targets, or measure the target again with the workload's block size and mix.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "Migrate compares the baseline with the fio result that was given for the host (migrate host probe --fio)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context is { Baseline: { PeakIops: > 0 } baseline, Plan.Target.Facts.Storage: { } storage } && Gives(storage) is var most && most > 0 && baseline.PeakIops > most)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"A disk of the VM had {baseline.PeakIops:0} IOPS in its busiest 20 s; the storage of {context.Plan!.Target.Name} gave {most:0} to fio on {storage.MeasuredAt:yyyy-MM-dd}.", Remedy);
        }
    }

    /// <summary>Reads and writes of one run together: what fio reached with the mix that it was given.</summary>
    private static double Gives(TargetStorage storage) => storage.ReadIops + storage.WriteIops;
}
