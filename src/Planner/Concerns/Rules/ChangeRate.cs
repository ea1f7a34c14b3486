namespace Migrate.Planner.Concerns.Rules;

internal sealed class ChangeRate : IConcernRule
{
    public string Id => "baseline.change-rate";

    public string Label => "Writes faster than the copy";

    public string Finds => "Critical in a warm plan when the VM writes faster than half of what its slowest reader is expected to read, Warning when it does so in its busiest six hours only; Information in a cold plan.";

    public string Assessment => "A pass of a warm move copies what changed during the one before. Where the VM writes about as fast as its disks are read, passes do not get shorter, and the last one is the downtime.";

    public string Remedy => "Move it cold, or in its quiet hours.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "A pass that takes longer than the one before never ends";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        // A disk that no reader reads is another rule's; it must not silence this one.
        long reads = context.Vm.Disks.Select(disk => context.ReaderOf(disk).ExpectedBytesPerSecond).Where(rate => rate > 0).DefaultIfEmpty().Min();
        if (context.Baseline is not { } baseline || reads == 0)
        {
            yield break;
        }
        bool always = baseline.WriteBytesPerSecond > reads / 2.0;
        if ((always ? baseline.WriteBytesPerSecond : baseline.BusiestWriteBytesPerSecond) is { } writes && writes > reads / 2.0)
        {
            bool warm = context.Mode == MigrationMode.Warm;
            yield return this.Find(!warm ? ConcernSeverity.Information : always ? ConcernSeverity.Critical : ConcernSeverity.Warning, context.Vm.Name,
                $"The VM writes {writes / 1e6:0.#} MB/s {(always ? "in the mean" : "in its busiest six hours")}, and its disks are read at about {reads / 1e6:0.#} MB/s: passes of changed blocks would hardly get shorter.",
                warm ? "Move it cold, or in its quiet hours." : "Nothing for a cold move.");
        }
    }
}
