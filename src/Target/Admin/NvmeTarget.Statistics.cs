using Migrate.Target.Statistics;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    /// <summary>
    /// What hosts did since the start. The same numbers are instruments of the meter <c>Migrate.Target</c> of
    /// System.Diagnostics.Metrics.
    /// </summary>
    public TargetStatistics ReadStatistics()
    {
        var (namespaces, hosts) = _subsystems.Statistics.Read();
        return new TargetStatistics(namespaces, hosts);
    }
}
