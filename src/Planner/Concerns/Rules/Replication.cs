namespace Migrate.Planner.Concerns.Rules;

internal sealed class Replication : IConcernRule
{
    public string Id => "vm.replication";

    public string Label => "Replicated by vSphere";

    public string Finds => "Warning when vSphere Replication copies the VM: it ends with the move, and holds snapshots while it works.";

    public string Assessment => "vSphere Replication ends with the move, and the snapshots that it takes may come in the way of the run's.";

    public string Remedy => "Stop the replication before the wave, and protect the domain by other means.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "vSphere API ReplicationConfigSpec (hbrsrv)";

    public IEnumerable<Concern> Judge(ConcernContext context)
    {
        if (context.Vm.Replication is { } replication)
        {
            yield return this.Find(ConcernSeverity.Warning, context.Vm.Name,
                $"vSphere Replication sends the VM to {Words.Or(replication.Destination, "another site")} every {replication.RpoMinutes} minutes. It ends with the move, and its snapshots may come in the way of the run's.",
                Remedy);
        }
    }
}
