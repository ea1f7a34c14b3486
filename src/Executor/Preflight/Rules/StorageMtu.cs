using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class StorageMtu : IPreflightRule
{
    public string Id => "net.mtu";

    public string Label => "Storage network without jumbo frames";

    public string Finds => "Warning when an interface that carries storage traffic has an MTU below 9000.";

    public string Assessment => "NVMe/TCP works at 1500; larger frames save CPU on both sides where the network card does not put segments together by itself.";

    public string Remedy => "Set MTU 9000 on both hosts and every switch port between, if all of them can; then check the path.";

    public ConcernSeverity Severity => ConcernSeverity.Warning;

    public string Source => "TrueNAS and Red Hat guides for storage networks; net.jumbo-path tells whether it holds";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        return StorageNics.Of(context).Where(nic => nic.Mtu is > 0 and < Jumbo).Select(nic => this.Find(ConcernSeverity.Warning, nic.Name, $"{nic.Name} of {context.Host} has MTU {nic.Mtu}."));
    }

    private const int Jumbo = 9000;
}
