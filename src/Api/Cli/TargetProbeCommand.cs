using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Migrate.Target.Authentication;
using Migrate.Target.Host;
using Migrate.Target.Probe;

namespace Migrate.Api.Cli;

/// <summary>Looks at any NVMe/TCP target from this machine; needs no server.</summary>
internal static class TargetProbeCommand
{
    private const int DefaultPort = 4420;

    public static Command Build(CommandSet cli)
    {
        var address = new Argument<string>("ADDRESS") { Description = "the target's address or name, with :PORT if that is not 4420" };
        var subsystem = new Option<string?>("--subsystem") { Description = "NQN of the subsystem (else the one that discovery names)", HelpName = "NQN" };
        var hostNqn = new Option<string?>("--host-nqn") { Description = "NQN to come as, when the target admits only some (else a new one)", HelpName = "NQN" };
        var secret = new Option<string?>("--dhchap-secret-file") { Description = "file with this host's DHHC-1 secret, when the target wants one", HelpName = "FILE" };
        var one = new Option<Guid?>("--namespace") { Description = "namespace to measure (else the first one); it is only read", HelpName = "UUID" };
        var write = new Option<Guid?>("--write") { Description = "namespace to measure with writes, too: ITS CONTENT IS DESTROYED", HelpName = "UUID" };
        var seconds = new Option<double>("--seconds") { Description = "time per measurement; 0 measures nothing", DefaultValueFactory = _ => 2 };
        return cli.Local(
            "probe",
            "Shows what an NVMe/TCP target offers, and how fast it answers from here.",
            [address, subsystem, hostNqn, secret, one, write, seconds, cli.AsJson],
            async (invocation, cancellationToken) =>
            {
                var (given, written) = (invocation.Get(one), invocation.Get(write));
                if (given is not null && written is not null && given != written)
                {
                    throw new CommandFailure(ExitCode.Usage, "--namespace and --write name two namespaces.", "Give one of them: --write measures reads, too.");
                }

                if (invocation.Get(seconds) is < 0 or > 3600 or double.NaN)
                {
                    throw new CommandFailure(ExitCode.Usage, "--seconds must be from 0 to 3600.");
                }

                var nqn = invocation.Get(hostNqn) ?? $"nqn.2014-08.org.nvmexpress:uuid:{Guid.NewGuid()}";
                var options = new ProbeOptions
                {
                    Host = new NvmeHostOptions
                    {
                        EndPoint = await ResolveAsync(invocation.Get(address), cancellationToken),
                        SubsystemNqn = invocation.Get(subsystem) ?? "",
                        HostNqn = nqn,
                        HostId = nqn.Length > 36 && Guid.TryParse(nqn[^36..], out var id) ? id : Guid.NewGuid(),
                        HostKey = invocation.Get(secret) is { } file ? Secret(file) : null,
                    },
                    Namespace = written ?? given,
                    Write = written is not null,
                    Duration = TimeSpan.FromSeconds(invocation.Get(seconds)),
                };
                var report = await RunAsync(options, cancellationToken);
                invocation.Print(View(report), output => Describe(report, output));
                return report.Digests.Problem is null ? ExitCode.Done : ExitCode.Failed;
            },
            "migrate target probe 10.0.4.2",
            "migrate target probe 10.0.4.2:4421 --subsystem nqn.2026-01.org.migrate:target --json",
            "migrate target probe storage1 --write 0b8c1b0e-5c5e-4a53-8d4f-0d6c1f2a9e11");
    }

    private static async Task<ProbeReport> RunAsync(ProbeOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await TargetProbe.RunAsync(options, TimeProvider.System, cancellationToken);
        }
        catch (NvmeException e)
        {
            throw new CommandFailure(ExitCode.Failed, e.Message.TrimEnd('.') + ".", Remedy(e, options.Host));
        }
        catch (ArgumentException e)
        {
            throw new CommandFailure(ExitCode.Usage, e.Message);
        }
    }

    /// <summary>Statuses of Connect: NVM Express Base 2.0, 6.3.</summary>
    private static string Remedy(NvmeException e, NvmeHostOptions host) => (e.StatusCodeType, e.StatusCode, e.InnerException) switch
    {
        (1, 0x82, _) => "Name a subsystem of the target with --subsystem; without it, discovery names it if there is only one.",
        (1, 0x84, _) or (1, 0x91, _) => $"Let the target admit {host.HostNqn}, or come with --host-nqn (and --dhchap-secret-file) as one that it admits.",
        (1, 0x81, _) => "The target takes no more controllers, or is stopping: try again later.",
        (_, _, SocketException { SocketErrorCode: SocketError.ConnectionRefused }) =>
            $"Nothing listens on port {host.EndPoint.Port} there: see that the target runs and listens on that address, and which port it has.",
        (_, _, SocketException or OperationCanceledException) => "See that the address is right, that there is a route to it, and that no firewall drops TCP to that port.",
        _ when e.Command == "Discovery" => "Name the subsystem with --subsystem, and the host NQN with --host-nqn if the target admits only some.",
        _ when e.Command == "Open" => "Name a namespace that the target lists: probe without --namespace and --write.",
        _ => "Look into the target's log; with --host-nqn and --subsystem the probe comes as another host or to another subsystem.",
    };

    private static async Task<IPEndPoint> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        if (IPEndPoint.TryParse(text, out var endPoint))
        {
            return endPoint.Port != 0 ? endPoint : new IPEndPoint(endPoint.Address, DefaultPort);
        }

        var at = text.LastIndexOf(':');
        var port = DefaultPort;
        if (text.Length == 0 || (at >= 0 && !(int.TryParse(text[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536)))
        {
            throw new CommandFailure(ExitCode.Usage, $"'{text}' is no address.", "Give an IP address or a name, with :PORT behind it if that is not 4420; IPv6 with a port in brackets.");
        }

        try
        {
            return new IPEndPoint((await Dns.GetHostAddressesAsync(at < 0 ? text : text[..at], cancellationToken))[0], port);
        }
        catch (SocketException e)
        {
            throw new CommandFailure(ExitCode.Failed, $"The name in '{text}' cannot be resolved: {e.Message}.", "Check the name, or give the target's IP address.");
        }
    }

    private static DhChapSecret Secret(string file)
    {
        try
        {
            return DhChapSecret.Parse(File.ReadAllText(file).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandFailure(ExitCode.Usage, $"The secret in {file} cannot be had: {e.Message}", "The file holds one line DHHC-1:hh:base64: as migrate-target key generate and nvme gen-dhchap-key write it.");
        }
    }

    /// <summary>An end point is text in JSON.</summary>
    private static object View(ProbeReport report) => new
    {
        endPoint = report.EndPoint.ToString(),
        report.HostNqn,
        report.ConnectMs,
        report.Discovered,
        report.DiscoveryProblem,
        report.Controller,
        report.Namespaces,
        report.Path,
        report.Digests,
        report.Measured,
        report.Measurements,
    };

    private static void Describe(ProbeReport report, TextWriter output)
    {
        var c = report.Controller;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Table.Clean(c.SubsystemNqn)} at {report.EndPoint}, connected in {report.ConnectMs:0.0} ms"));
        output.WriteLine($"{Table.Clean(c.Model)}, serial {Table.Clean(c.SerialNumber)}, firmware {Table.Clean(c.Firmware)}, NVMe {c.Version}, controller {c.Id}");
        output.WriteLine($"{Text.Count(c.IoQueues, "I/O queue")}, up to {Text.Bytes(c.MaxTransferBytes)} per command, {Text.Bytes(c.MaxInCapsuleBytes)} in the capsule, "
            + (c.HasWriteCache ? "volatile write cache (flush makes durable)" : "no volatile write cache"));
        output.WriteLine();
        output.WriteLine(report.DiscoveryProblem is { } problem ? $"Discovery: {problem}" : "Discovery:");
        var discovered = new Table("SUBSYSTEM", "TRANSPORT", "ADDRESS", "PORT");
        foreach (var d in report.Discovered)
        {
            discovered.Add(d.IsDiscovery ? $"{d.Nqn} (discovery)" : d.Nqn, d.Transport, d.Address, d.Port);
        }

        discovered.Write(output);
        output.WriteLine();
        var namespaces = new Table("NSID", "UUID", "CAPACITY", "BLOCK");
        foreach (var n in report.Namespaces)
        {
            namespaces.Add(n.Nsid, n.Uuid?.ToString() ?? "none", Text.Bytes(n.CapacityBytes), n.BlockSize);
        }

        namespaces.Write(output);
        output.WriteLine();
        if (report.Measurements.Count > 0)
        {
            output.WriteLine($"Measured on {report.Measured}:");
            var table = new Table("LOAD", "DEPTH", "IOPS", "THROUGHPUT", "P50 US", "P99 US");
            foreach (var m in report.Measurements)
            {
                table.Add(m.Name, m.QueueDepth, Number(m.CommandsPerSecond), Text.Rate(m.BytesPerSecond), Number(m.P50Us), Number(m.P99Us));
            }

            table.Write(output);
            output.WriteLine();
        }

        var d1 = report.Digests;
        output.WriteLine($"Digests: header {(d1.HeaderGranted ? "yes" : "not granted")}, data {(d1.DataGranted ? "yes" : "not granted")}; "
            + (d1.Problem ?? $"{Text.Bytes(d1.BytesRead)} read with them without an error"));
        var p = report.Path;
        output.WriteLine($"Network: {p.LocalAddress} on {p.Interface ?? "an unknown interface"} (MTU {p.InterfaceMtu?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}), path MTU {p.PathMtu}, "
            + $"{p.SegmentBytes} bytes per segment, round trip {p.RoundTripUs} us, {Text.Count(p.Retransmissions, "retransmission")}");
        if (p.Hint is { } hint)
        {
            output.WriteLine($"Hint: {hint}");
        }
    }

    private static string Number(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
