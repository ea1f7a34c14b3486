using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Migrate.Target.AdminApi;

namespace Migrate.Target.Admin;

/// <summary>The program <c>migrate-target</c>. Exit codes: 0 done, 1 the target could not do it, 2 wrong arguments.</summary>
internal static class TargetCommandLine
{
    private const string Usage = """
        usage: migrate-target serve --directory DIR [options]
               migrate-target key ...      secrets of hosts; see migrate-target key --help
               migrate-target status|subsystem|namespace|host|ana ...
                                           manage a target that runs; see migrate-target status --help

        Serves the namespaces in DIR to NVMe/TCP hosts until SIGTERM or SIGINT, then flushes them.

          --directory DIR          namespaces.json and one sparse UUID.raw per namespace; made when absent
          --listen ADDRESS         address to listen on (127.0.0.1)
          --port PORT              port for I/O and discovery (4420; 0 takes any free one)
          --discovery-port PORT    a second port, for discovery only, 8009 by convention (none)
          --add-port ID=ADDR:PORT  a further port, such as a second path; ID from 10, the same at each start; repeatable
          --add-tls-port ID=ADDR:PORT  the same, but hosts must speak TLS 1.3 there, with their key (migrate-target key)
          --advertise ADDRESS      address that the discovery log names (the one at which the host reached us)
          --nqn NQN                NQN of the default subsystem (nqn.2026-01.org.migrate:target)
          --max-io-queues N        I/O queues per controller (16)
          --connection-memory SIZE data that a connection may have under way, in and out each (4M)
          --cores LIST             one event loop on each of these CPU cores, such as 0,2,3 (loops on any core)
          --loops N                event loops without cores of their own (half of the machine's cores, at most 8)
          --poll MICROSECONDS      how long a loop polls after work before it sleeps; quick answers for CPU time (50)
          --engine NAME            auto, eventloops, eventloopswithoutring (no io_uring), threads (one per connection)
          --overcommit             let the sizes of thin namespaces exceed the file system
          --create UUID:SIZE[:PATH]  create this namespace unless it is there; SIZE in bytes or with K, M, G, T; PATH is a file or
                                   block device instead of a file in DIR, and SIZE 0 takes all of it; repeatable
          --block-size N           512 or 4096, for each --create after it (512)
          --direct on|off          past the page cache or through it, for each --create after it (on for block devices only)
          --preallocate            set the whole file aside, for each --create after it
          --delete UUID            delete this namespace and its file, but never a block device, first; repeatable
          --require-authentication let only hosts in that have a secret (migrate-target key)
          --auth-hashes LIST       hashes for authentication, the preferred one first (sha256,sha384,sha512)
          --auth-groups LIST       groups for it (ffdhe3072,ffdhe4096,ffdhe2048,ffdhe6144,ffdhe8192,null)
          --admin-socket PATH      Unix socket of the admin API, mode 0660 (DIR/admin.sock; "none" for none)
          --admin-listen ADDR:PORT TCP port of the admin API; beyond loopback it needs a certificate
          --admin-token-file FILE  with --admin-listen: file with the token, mode 0600; made when absent
          --admin-certificate FILE TLS certificate (PEM) of the admin API
          --admin-key FILE         its private key (PEM)
          --verbose                log connections

        Hosts see a namespace as /dev/disk/by-id/nvme-uuid.UUID after
          nvme connect -t tcp -a ADDRESS -s PORT -n NQN
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        if (args.Length == 0 || args.Contains("--help") || args.Contains("-h"))
        {
            await output.WriteLineAsync(UsageOf(args));
            return args.Length == 0 ? 2 : 0;
        }

        try
        {
            await (args[0] switch
            {
                "key" => KeyCommandLine.RunAsync(args[1..], Console.In, output),
                var noun when ManageCommandLine.Knows(noun) => ManageCommandLine.RunAsync(args, output, CancellationToken.None),
                _ => ServeAsync(Parse(args), output),
            });
            return 0;
        }
        catch (FormatException e)
        {
            await errors.WriteLineAsync($"migrate-target: {e.Message}");
            await errors.WriteLineAsync($"Try: migrate-target {(args[0] == "key" || ManageCommandLine.Knows(args[0]) ? $"{args[0]} " : "")}--help");
            return 2;
        }
        catch (TargetException e)
        {
            await errors.WriteLineAsync($"migrate-target: {e.Message}");
            await errors.WriteLineAsync($"{e.Remedy} [{e.Code}]");
            return 1;
        }
    }

    private static string UsageOf(string[] args) => args.FirstOrDefault() switch
    {
        "key" => KeyCommandLine.Usage,
        { } noun when ManageCommandLine.Knows(noun) => ManageCommandLine.Usage,
        _ => Usage,
    };

    private sealed record Request(
        TargetOptions Options, AdminApiOptions Admin, IReadOnlyList<NamespaceSpec> Create, IReadOnlyList<Guid> Delete, bool Verbose);

    private static async Task ServeAsync(Request request, TextWriter output)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var loggers = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true)
            .SetMinimumLevel(request.Verbose ? LogLevel.Debug : LogLevel.Warning));
        await using var target = await NvmeTarget.StartAsync(request.Options, TimeProvider.System, loggers, stop.Token);
        foreach (var uuid in request.Delete)
        {
            await target.DeleteNamespaceAsync(uuid, deleteBacking: true, stop.Token);
        }

        foreach (var spec in request.Create)
        {
            await target.CreateNamespaceAsync(spec, stop.Token);
        }

        await using var admin = request.Admin.IsOff ? null : await AdminServer.StartAsync(request.Admin, target, loggers, stop.Token);
        await output.WriteLineAsync($"listening on {target.EndPoint} as {target.SubsystemNqn}");
        foreach (var port in target.ListPorts().Where(p => p.Tls))
        {
            await output.WriteLineAsync($"listening with TLS on {port.EndPoint}");
        }

        foreach (var one in target.ListNamespaces())
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"namespace {one.Uuid} nsid {one.Nsid} bytes {one.CapacityBytes} {(one.Online ? "online" : "offline")}"));
        }

        foreach (var address in admin?.Addresses ?? [])
        {
            await output.WriteLineAsync($"admin API on {address}");
        }

        await output.FlushAsync(stop.Token);
        ServiceNotification.Ready();
        var stopped = new TaskCompletionSource();
        await using var registration = stop.Token.Register(stopped.SetResult);
        await stopped.Task;
        ServiceNotification.Stopping();
    }

    private static Request Parse(string[] args)
    {
        if (args[0] != "serve")
        {
            throw new FormatException($"unknown command \"{args[0]}\"");
        }

        TargetOptions options = new() { Directory = "" };
        AdminApiOptions admin = new();
        string? socket = null;
        var create = new List<NamespaceSpec>();
        var shape = new NamespaceSpec(Guid.Empty, 0);
        var delete = new List<Guid>();
        var verbose = false;
        for (var i = 1; i < args.Length; i++)
        {
            var name = args[i];
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{name} needs a value");
            switch (name)
            {
                case "--directory": options = options with { Directory = Value() }; break;
                case "--listen": options = options with { Listen = CommandLineValues.Address(Value()) }; break;
                case "--port": options = options with { Port = CommandLineValues.Number(Value()) }; break;
                case "--discovery-port": options = options with { DiscoveryPort = CommandLineValues.Number(Value()) }; break;
                case "--advertise": options = options with { AdvertisedAddress = CommandLineValues.Address(Value()) }; break;
                case "--nqn": options = options with { SubsystemNqn = Value() }; break;
                case "--max-io-queues": options = options with { MaxIoQueues = CommandLineValues.Number(Value()) }; break;
                case "--require-authentication": options = options with { RequireAuthentication = true }; break;
                case "--auth-hashes": options = options with { AuthenticationHashes = [.. Value().Split(',').Select(KeyCommandLine.HashNamed)] }; break;
                case "--auth-groups": options = options with { AuthenticationGroups = [.. Value().Split(',').Select(KeyCommandLine.GroupNamed)] }; break;
                case "--connection-memory": options = options with { ConnectionBytes = CommandLineValues.Size(Value()) }; break;
                case "--cores": options = options with { Cores = [.. Value().Split(',').Select(CommandLineValues.Number)] }; break;
                case "--loops": options = options with { Loops = CommandLineValues.Number(Value()) }; break;
                case "--poll": options = options with { Poll = TimeSpan.FromMicroseconds(CommandLineValues.Number(Value())) }; break;
                case "--engine": options = options with { Engine = CommandLineValues.Engine(Value()) }; break;
                case "--overcommit": options = options with { Overcommit = true }; break;
                case "--create": create.Add(CommandLineValues.Namespace(Value(), shape)); break;
                case "--block-size": shape = shape with { BlockSize = CommandLineValues.Number(Value()) }; break;
                case "--direct": shape = shape with { Direct = CommandLineValues.OnOrOff(Value()) }; break;
                case "--preallocate": shape = shape with { Preallocate = true }; break;
                case "--delete": delete.Add(CommandLineValues.Uuid(Value())); break;
                case "--add-port": options = options with { MorePorts = [.. options.MorePorts, CommandLineValues.Port(Value())] }; break;
                case "--add-tls-port": options = options with { MorePorts = [.. options.MorePorts, CommandLineValues.Port(Value()) with { Tls = true }] }; break;
                case "--admin-socket": socket = Value(); break;
                case "--admin-listen": admin = admin with { Listen = CommandLineValues.EndPoint(Value()) }; break;
                case "--admin-token-file": admin = admin with { TokenFile = Value() }; break;
                case "--admin-certificate": admin = admin with { Certificate = Value() }; break;
                case "--admin-key": admin = admin with { CertificateKey = Value() }; break;
                case "--verbose": verbose = true; break;
                default: throw new FormatException($"unknown option \"{name}\"");
            }
        }

        if (options.Directory.Length == 0)
        {
            throw new FormatException("--directory is missing");
        }

        admin = admin with { Socket = socket == "none" ? null : socket ?? Path.Combine(options.Directory, "admin.sock") };
        return admin.Problems() is { Count: > 0 } problems
            ? throw new FormatException(string.Join("; ", problems))
            : new Request(options, admin, create, delete, verbose);
    }
}
