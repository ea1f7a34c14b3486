using System.Globalization;
using System.Text;
using System.Text.Json;
using Migrate.Executor.Destinations;
using Migrate.Planner;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Validation.Identity;

/// <summary>
/// What the QEMU guest agent tells of its guest's identity. It knows interfaces and host name of every system; routes since QEMU 9.1, and of a Linux guest, whose
/// agent is older, the kernel's own tables tell them. DNS it does not know: that is read from the guest's resolv.conf.
/// </summary>
public sealed class GuestAgent(LibvirtConnection connection, string domain, TimeProvider time)
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int MostBytes = 64 << 10;
    private HashSet<string> _commands = [];

    /// <summary>Asks until the agent answers and tells of an address that is no link's own, or the patience is over. Null: it has not answered.</summary>
    public async Task<GuestIdentity?> WaitForAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        GuestIdentity? last = null;
        while (true)
        {
            try
            {
                last = await ReadAsync(cancellationToken);
                if (last.Interfaces.SelectMany(x => x.Addresses).Any(x => x.Lasts))
                {
                    return last;
                }
            }
            catch (MigrateException silent) when (silent.Code is "guest.agent-silent" or "libvirt.no-domain")
            {
                // It starts late in the boot.
            }

            if (time.GetElapsedTime(began) >= patience)
            {
                return last;
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <exception cref="MigrateException">guest.agent-silent.</exception>
    public async Task<GuestIdentity> ReadAsync(CancellationToken cancellationToken)
    {
        var info = await AskAsync("guest-info", null, cancellationToken);
        _commands =
        [
            .. info.GetProperty("supported_commands").EnumerateArray().Where(x => !x.TryGetProperty("enabled", out var enabled) || enabled.GetBoolean())
                .Select(x => x.GetProperty("name").GetString()!),
        ];
        List<string> untold = [];
        var system = await TryAsync("guest-get-osinfo", null, "the operating system", untold, cancellationToken);
        var isWindows = system is { } os && os.TryGetProperty("id", out var id) && id.GetString() == "mswindows";
        var interfaces = await TryAsync("guest-network-get-interfaces", null, "interfaces and addresses", untold, cancellationToken);
        var hostName = await TryAsync("guest-get-host-name", null, "the host name", untold, cancellationToken);
        var (gateways, routes) = await RoutesAsync(isWindows, untold, cancellationToken);
        var resolver = isWindows ? null : await ReadFileAsync("/etc/resolv.conf", cancellationToken);
        if (resolver is null)
        {
            untold.Add(isWindows ? "DNS servers (the agent does not tell them of Windows)" : "DNS servers (the agent may not read /etc/resolv.conf)");
        }

        return new GuestIdentity
        {
            ToldBy = "QEMU guest agent" + (info.TryGetProperty("version", out var version) ? " " + version.GetString() : ""),
            At = time.GetUtcNow().UtcDateTime,
            HostName = hostName?.GetProperty("host-name").GetString(),
            System = system is { } known && known.TryGetProperty("pretty-name", out var name) ? name.GetString() : null,
            IsWindows = isWindows,
            Interfaces = interfaces is { } list ? AgentAnswers.Interfaces(list) : [],
            Gateways = gateways,
            Routes = routes,
            DnsServers = resolver is null ? null : ResolverFile.Servers(resolver),
            SearchDomains = resolver is null ? null : ResolverFile.SearchDomains(resolver),
            Untold = untold,
        };
    }

    private async Task<(IReadOnlyList<string>? Gateways, IReadOnlyList<GuestRoute>? Routes)> RoutesAsync(bool isWindows, List<string> untold, CancellationToken cancellationToken)
    {
        IReadOnlyList<GuestRoute>? all = null;
        if (_commands.Contains("guest-network-get-route") && await TryAsync("guest-network-get-route", null, "routes", [], cancellationToken) is { } told)
        {
            all = AgentAnswers.Routes(told);
        }
        else if (!isWindows && await ReadFileAsync("/proc/net/route", cancellationToken) is { } table)
        {
            all = [.. KernelRoutes.IPv4(table), .. KernelRoutes.IPv6(await ReadFileAsync("/proc/net/ipv6_route", cancellationToken) ?? "")];
        }

        if (all is null)
        {
            untold.Add("routes (the agent does not know guest-network-get-route, and may not read the kernel's table)");
            return (null, null);
        }

        return ([.. all.Where(x => x.PrefixLength == 0).Select(x => x.Gateway).Distinct()], [.. all.Where(x => x.PrefixLength > 0)]);
    }

    private Task<JsonElement> AskAsync(string command, string? arguments, CancellationToken cancellationToken) => connection.AgentCommandAsync(
        domain, $$"""{"execute":"{{command}}"{{(arguments is null ? "" : $",\"arguments\":{arguments}")}}}""", Answer, cancellationToken);

    private async Task<JsonElement?> TryAsync(string command, string? arguments, string what, List<string> untold, CancellationToken cancellationToken)
    {
        if (!_commands.Contains(command))
        {
            untold.Add($"{what} (the agent does not know {command}, or may not)");
            return null;
        }

        try
        {
            return await AskAsync(command, arguments, cancellationToken);
        }
        catch (MigrateException e) when (e.Code == "guest.agent-refused")
        {
            untold.Add($"{what} ({e.Message})");
            return null;
        }
    }

    /// <summary>Null: not there, or not allowed.</summary>
    private async Task<string?> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        if (await TryAsync("guest-file-open", $$"""{"path":"{{path}}","mode":"r"}""", path, [], cancellationToken) is not { } handle)
        {
            return null;
        }

        var number = handle.GetInt64().ToString(CultureInfo.InvariantCulture);
        try
        {
            var read = await TryAsync("guest-file-read", $$"""{"handle":{{number}},"count":{{MostBytes}}}""", path, [], cancellationToken);
            return read is { } answer ? Encoding.UTF8.GetString(answer.GetProperty("buf-b64").GetBytesFromBase64()) : null;
        }
        finally
        {
            await TryAsync("guest-file-close", $$"""{"handle":{{number}}}""", path, [], cancellationToken);
        }
    }
}
