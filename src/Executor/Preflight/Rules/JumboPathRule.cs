using Migrate.Executor.Preflight.Paths;
using Migrate.Planner.Concerns;

namespace Migrate.Executor.Preflight.Rules;

internal sealed class JumboPathRule : IPreflightRule
{
    public string Id => "net.jumbo-path";

    public string Label => "Path does not carry the interface's MTU";

    public string Finds => "Critical when a packet of the sender's whole MTU is refused or vanishes on a path, Warning when not even small packets are answered; Information when it could not be tried.";

    public string Assessment => "The connection comes up, because its first packets are small, and stalls or crawls with the first large transfer. Every interface, switch and bond on the way needs the same MTU, in both directions.";

    public string Remedy => "Set the same MTU on both hosts and every switch port between (or a smaller one on both hosts), and check again.";

    public ConcernSeverity Severity => ConcernSeverity.Critical;

    public string Source => "ping(8), -M do -s: the MTU less 28 bytes of headers for IPv4, 48 for IPv6";

    public IEnumerable<Concern> Judge(PreflightContext context)
    {
        foreach (var path in context.Paths.Where(path => path.Outcome != PathOutcome.Passes))
        {
            yield return this.Find(
                SeverityOf(path.Outcome), $"{path.From} to {path.Address}",
                $"From {path.From}{(path.Interface is null ? "" : $" by {path.Interface}")} to {path.Address} with MTU {path.Mtu}: {Word(path)}. Try it: ping -M do -s {path.Payload} {path.Address}",
                path.Outcome == PathOutcome.Unreachable ? "Let ping (ICMP echo) through, or see that both ends are up and have the addresses; without an answer nobody knows what the path carries." : null);
        }

        foreach (var ends in context.Paths.GroupBy(path => path.Pair).Where(ends => ends.Select(path => path.Mtu).Distinct().Count() > 1))
        {
            yield return this.Find(ConcernSeverity.Critical, ends.Key, $"The two ends of {ends.Key} have different MTUs: {string.Join(", ", ends.Select(path => $"{path.Mtu} on {path.From}"))}.");
        }
    }

    /// <summary>Who does not answer ping may still have its ports open; whether it has, net.port tries.</summary>
    private static ConcernSeverity SeverityOf(PathOutcome outcome) => outcome switch
    {
        PathOutcome.NotTried => ConcernSeverity.Information,
        PathOutcome.Unreachable => ConcernSeverity.Warning,
        _ => ConcernSeverity.Critical,
    };

    private static string Word(PathResult path) => path.Outcome switch
    {
        PathOutcome.TooLong => $"refused on the way, whose MTU is {path.PathMtu}",
        PathOutcome.Swallowed => $"swallowed on the way: {path.Words}",
        PathOutcome.Unreachable => $"no answer, not even to a small packet ({path.Words})",
        _ => $"not tried: {path.Words}",
    };
}
