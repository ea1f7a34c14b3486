namespace Migrate.Planner.Concerns.Rules;

internal sealed class TrackingSelfTest : IConcernRule
{
    public string Id => "cbt.self-test-failed";

    public string Label => "Change tracking was caught leaving changes out";

    public string Finds => "Warning in a warm plan, Information in a cold one, when a pass of an earlier run of the VM read blocks that had changed although the source called them unchanged.";

    public string Assessment => "The source's change tracking left changes out of its answers. Such a pass compares the whole disk, so that nothing is lost, but every pass may cost as much as the first.";

    public string Remedy => "Reset change tracking (switch it off and on with the VM off, and without snapshots), update the ESXi host, or move the VM cold.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "The self-test of warm passes: blocks that are called unchanged are read and compared with the journal";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.SelfTest is { } failed)
        {
            yield return this.Find(context.Mode == MigrationMode.Warm ? ConcernSeverity.Warning : ConcernSeverity.Information, context.Vm.Name,
                $"A pass of {failed.At:yyyy-MM-dd HH:mm} UTC found {Words.Count((int)Math.Min(failed.WrongExtents, int.MaxValue), "extent")} of the VM changed that the source called unchanged.",
                context.Mode == MigrationMode.Warm ? Remedy : "Nothing for a cold move.");
        }
    }
}
