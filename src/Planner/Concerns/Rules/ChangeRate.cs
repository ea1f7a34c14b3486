namespace Migrate.Planner.Concerns.Rules;

internal sealed class ChangeRate : IConcernRule
{
    public string Id => "baseline.change-rate";

    public string Label => "Writes faster than the copy";

    public string Finds => "Critical in a warm plan when the VM writes faster than half of what its slowest reader is expected to read, Information in a cold one.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "A pass that takes longer than the one before never ends";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Baseline?.WriteBytesPerSecond is { } writes && context.Vm.Disks.Count > 0)
        {
            // A disk that no reader reads is another rule's; it must not silence this one.
            long reads = context.Vm.Disks.Select(disk => context.ReaderOf(disk).ExpectedBytesPerSecond).Where(rate => rate > 0).DefaultIfEmpty().Min();
            if (reads > 0 && writes > reads / 2.0)
            {
                yield return this.Find(context.Mode == MigrationMode.Warm ? ConcernSeverity.Critical : ConcernSeverity.Information, context.Vm.Name,
                    $"The VM writes {writes / 1e6:0.#} MB/s in the mean, and its disks are read at about {reads / 1e6:0.#} MB/s: passes of changed blocks would hardly get shorter.",
                    context.Mode == MigrationMode.Warm ? "Move it cold, or in its quiet hours." : "Nothing for a cold move.");
            }
        }
    }
}
