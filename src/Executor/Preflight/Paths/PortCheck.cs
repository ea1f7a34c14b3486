using System.Globalization;
using System.Text;
using Migrate.Executor.Destinations.Commands;
using Migrate.Planner;

namespace Migrate.Executor.Preflight.Paths;

/// <summary>
/// Connects to a target's port from a host and opens NVMe/TCP there: ICReq, to which a target answers ICResp (NVMe/TCP transport specification).
/// bash alone can do it, so that nothing needs to be installed on the host, and it ends before a controller is asked for.
/// </summary>
public static class PortCheck
{
    private const int Seconds = 10;
    // Type 0, header of 128 bytes, PDU of 128 bytes; version 0, no digests, one R2T; the rest is zero.
    private const string Script = """
        exec 3<>"/dev/tcp/$0/$1" || exit 7
        echo open
        { printf '\000\000\200\000\200\000\000\000'; head -c 120 /dev/zero; } >&3
        head -c 8 <&3 | od -An -tx1
        """;

    public static async Task<PortResult> TryAsync(IHostCommands from, string address, int port, CancellationToken cancellationToken)
    {
        var result = new PortResult(from.Where, address, port, PortOutcome.NotTried, "");
        try
        {
            var said = await from.RunAsync(
                new HostCommand("timeout", Seconds.ToString(CultureInfo.InvariantCulture), "env", "LC_ALL=C", "bash", "-c", Script, address, port.ToString(CultureInfo.InvariantCulture)), cancellationToken);
            return Judge(result, said);
        }
        catch (MigrateException e)
        {
            return result with { Words = e.Message };
        }
    }

    internal static PortResult Judge(PortResult asked, HostCommandResult said)
    {
        var words = said.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var answer = string.Join(' ', words.Skip(1));
        return said switch
        {
            // ICResp: type 1, flags, header and PDU of 128 bytes.
            _ when answer.StartsWith("01 00 80 ", StringComparison.Ordinal) && answer.EndsWith("80 00 00 00", StringComparison.Ordinal) => asked with { Outcome = PortOutcome.Nvme, Words = "it answers ICReq with ICResp" },
            _ when said.Errors.Contains("Connection refused", StringComparison.Ordinal) => asked with { Outcome = PortOutcome.Closed, Words = "connection refused" },
            _ when said.Errors.Contains("No route to host", StringComparison.Ordinal) || said.Errors.Contains("unreachable", StringComparison.Ordinal) || said.Errors.Contains("timed out", StringComparison.Ordinal) =>
                asked with { Outcome = PortOutcome.Filtered, Words = said.LastWords },
            { ExitCode: 124 } when words.Length == 0 => asked with { Outcome = PortOutcome.Filtered, Words = $"no connection within {Seconds} s" },
            { ExitCode: 124 } when answer.Length == 0 => asked with { Outcome = PortOutcome.Other, Words = "it takes the connection and says nothing" },
            _ when words.Length == 0 && said.ExitCode is not (126 or 127) => asked with { Outcome = PortOutcome.NotTried, Words = said.LastWords },
            { ExitCode: 126 or 127 } => asked with { Outcome = PortOutcome.NotTried, Words = "bash is not there to try it" },
            _ => asked with { Outcome = PortOutcome.Other, Words = answer.Length == 0 ? "it closes the connection without an answer" : $"it answers {Shown(answer)}" },
        };
    }

    /// <summary>What other services say first is often text, which names them: HTTP, SSH.</summary>
    private static string Shown(string hex)
    {
        var bytes = hex.Split(' ').Select(one => byte.TryParse(one, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value : (byte)0).ToArray();
        return bytes.All(one => one is >= 0x20 and < 0x7f) ? $"'{Encoding.ASCII.GetString(bytes)}' ({hex})" : hex;
    }
}
