using Migrate.Executor.Preflight.Paths;
using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class TargetPort : IPreflightRule
{
    public string Id => "net.port";

    public string Label => "Target's port does not answer as one";

    public string Finds => "Critical when the target's port 4420 cannot be reached from the host or is no NVMe/TCP target's, Warning for the discovery port 8009.";

    public string Assessment => "I/O goes to port 4420 and discovery to 8009 (some targets answer discovery at 4420, too). A closed port means that nothing listens, one without an answer a firewall, and another answer another service.";

    public string Remedy => "Start the target on that address, open the port in the firewalls between, or name the right port.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "NVMe/TCP transport specification, ICReq and ICResp; IANA: nvme-disc 8009, nvme 4420";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var port in context.Ports.Where(port => port.Outcome != PortOutcome.Nvme))
        {
            var severity = port.Outcome == PortOutcome.NotTried ? ConcernSeverity.Information : port.Port == AskedTarget.DiscoveryPort ? ConcernSeverity.Warning : ConcernSeverity.Critical;
            yield return this.Find(severity, $"{port.Address}:{port.Port}", $"From {port.From}, port {port.Port} of {port.Address} {Word(port.Outcome)}: {port.Words}.");
        }
    }

    private static string Word(PortOutcome outcome) => outcome switch
    {
        PortOutcome.Closed => "is closed",
        PortOutcome.Filtered => "gives no answer, as behind a firewall",
        PortOutcome.Other => "is open and no NVMe/TCP target's",
        _ => "could not be tried",
    };
}
