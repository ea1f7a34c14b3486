using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;

namespace Migrate.Executor.Preflight.Paths;

/// <summary>
/// Sends packets of an interface's whole MTU that may not be split (ping -M do). An MTU that somebody on the way does not share lets a
/// connection come up and stalls it with the first large transfer.
/// </summary>
public static partial class JumboPath
{
    private const int Ipv4Headers = 20 + 8;
    private const int Ipv6Headers = 40 + 8;
    private const int Small = 56;

    /// <summary>What ping must be given for a packet of this MTU: the headers of IP (20 or 40 bytes) and ICMP (8) come on top.</summary>
    public static int PayloadOf(int mtu, IPAddress address) => mtu - (address.AddressFamily == AddressFamily.InterNetworkV6 ? Ipv6Headers : Ipv4Headers);

    public static async Task<PathResult> TryAsync(IHostCommands from, IPAddress address, int mtu, string? nic, CancellationToken cancellationToken)
    {
        var payload = PayloadOf(mtu, address);
        var result = new PathResult(from.Where, address.ToString(), nic, mtu, payload, PathOutcome.NotTried, null, "");
        try
        {
            var large = await PingAsync(from, address, payload, nic, cancellationToken);
            var judged = Judge(result, large);
            if (judged.Outcome != PathOutcome.Unreachable)
            {
                return judged;
            }

            var small = await PingAsync(from, address, Small, nic, cancellationToken);
            return small.ExitCode == 0 ? judged with { Outcome = PathOutcome.Swallowed, Words = $"{Small} bytes are answered, {payload} bytes are not" } : judged;
        }
        catch (MigrateException e)
        {
            return result with { Words = e.Message };
        }
    }

    /// <summary>iputils says "message too long, mtu=1500" of the own interface and "Frag needed and DF set (mtu = 1500)" or "Packet too big: mtu=1280" of a router.</summary>
    internal static PathResult Judge(PathResult asked, HostCommandResult ping)
    {
        var all = ping.Output + "\n" + ping.Errors;
        if (ping.ExitCode == 0)
        {
            return asked with { Outcome = PathOutcome.Passes, Words = Statistics().Match(all).Value };
        }

        if (TooLong().Match(all) is { Success: true } refused)
        {
            return asked with { Outcome = PathOutcome.TooLong, PathMtu = int.Parse(refused.Groups["mtu"].Value, CultureInfo.InvariantCulture), Words = refused.Value };
        }

        // 1: sent, and no answer; all else says that nothing was sent.
        return ping.ExitCode == 1 || all.Contains("unreachable", StringComparison.OrdinalIgnoreCase)
            ? asked with { Outcome = PathOutcome.Unreachable, Words = Statistics().Match(all) is { Success: true } lost ? lost.Value : ping.LastWords }
            : asked with { Outcome = PathOutcome.NotTried, Words = ping.ExitCode == 127 ? "ping is not installed (iputils-ping)" : ping.LastWords };
    }

    private static Task<HostCommandResult> PingAsync(IHostCommands from, IPAddress address, int payload, string? nic, CancellationToken cancellationToken) => from.RunAsync(
        new HostCommand(
        [
            "env", "LC_ALL=C", "ping", "-n", "-M", "do", "-c", "2", "-i", "0.5", "-W", "3", "-s", payload.ToString(CultureInfo.InvariantCulture),
            .. nic is null ? Array.Empty<string>() : ["-I", nic], address.ToString(),
        ]),
        cancellationToken);

    [GeneratedRegex(@"(message too long,? mtu[ =:]+|Frag needed and DF set \(mtu = |Packet too big: mtu=)(?<mtu>\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex TooLong();

    [GeneratedRegex(@"\d+ packets transmitted[^\n]*")]
    private static partial Regex Statistics();
}
