using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Admin;

/// <summary>The program <c>migrate-target</c>. Exit codes: 0 done, 1 the target could not do it, 2 wrong arguments.</summary>
internal static class TargetCommandLine
{
    private const string Usage = """
        usage: migrate-target serve --directory DIR [options]
               migrate-target key ...      secrets of hosts; see migrate-target key --help

        Serves the namespaces in DIR to NVMe/TCP hosts until SIGTERM or SIGINT, then flushes them.

          --directory DIR          namespaces.json and one sparse UUID.raw per namespace; made when absent
          --listen ADDRESS         address to listen on (127.0.0.1)
          --port PORT              port for I/O and discovery (4420; 0 takes any free one)
          --discovery-port PORT    a second port, 8009 by convention (none)
          --advertise ADDRESS      address that the discovery log names (the one at which the host reached us)
          --nqn NQN                NQN of the subsystem (nqn.2026-01.org.migrate:target)
          --max-io-queues N        I/O queues per controller (16)
          --overcommit             let the namespaces' sizes together exceed the file system
          --create UUID:SIZE[:PATH]  create this namespace unless it is there; SIZE in bytes or with K, M, G, T; PATH is a file or
                                   block device instead of a file in DIR, and SIZE 0 takes all of it; repeatable
          --block-size N           512 or 4096, for each --create after it (512)
          --direct on|off          past the page cache or through it, for each --create after it (on for block devices only)
          --preallocate            set the whole file aside, for each --create after it
          --delete UUID            delete this namespace and its file, but never a block device, first; repeatable
          --require-authentication let only hosts in that have a secret (migrate-target key)
          --auth-hashes LIST       hashes for authentication, the preferred one first (sha256,sha384,sha512)
          --auth-groups LIST       groups for it (ffdhe3072,ffdhe4096,ffdhe2048,ffdhe6144,ffdhe8192,null)
          --verbose                log connections

        Hosts see a namespace as /dev/disk/by-id/nvme-uuid.UUID after
          nvme connect -t tcp -a ADDRESS -s PORT -n NQN
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        if (args.Length == 0 || args.Contains("--help") || args.Contains("-h"))
        {
            await output.WriteLineAsync(args is ["key", ..] ? KeyCommandLine.Usage : Usage);
            return args.Length == 0 ? 2 : 0;
        }

        try
        {
            await (args[0] == "key" ? KeyCommandLine.RunAsync(args[1..], Console.In, output) : ServeAsync(Parse(args), output));
            return 0;
        }
        catch (FormatException e)
        {
            await errors.WriteLineAsync($"migrate-target: {e.Message}");
            await errors.WriteLineAsync($"Try: migrate-target {(args[0] == "key" ? "key " : "")}--help");
            return 2;
        }
        catch (TargetException e)
        {
            await errors.WriteLineAsync($"migrate-target: {e.Message}");
            await errors.WriteLineAsync($"{e.Remedy} [{e.Code}]");
            return 1;
        }
    }

    private sealed record Request(TargetOptions Options, IReadOnlyList<NamespaceSpec> Create, IReadOnlyList<Guid> Delete, bool Verbose);

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

        await output.WriteLineAsync($"listening on {target.EndPoint} as {target.SubsystemNqn}");
        foreach (var one in target.ListNamespaces())
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"namespace {one.Uuid} nsid {one.Nsid} bytes {one.CapacityBytes} {(one.Online ? "online" : "offline")}"));
        }

        await output.FlushAsync(stop.Token);
        var stopped = new TaskCompletionSource();
        await using var registration = stop.Token.Register(stopped.SetResult);
        await stopped.Task;
    }

    private static Request Parse(string[] args)
    {
        if (args[0] != "serve")
        {
            throw new FormatException($"unknown command \"{args[0]}\"");
        }

        TargetOptions options = new() { Directory = "" };
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
                case "--listen": options = options with { Listen = Address(Value()) }; break;
                case "--port": options = options with { Port = Number(Value()) }; break;
                case "--discovery-port": options = options with { DiscoveryPort = Number(Value()) }; break;
                case "--advertise": options = options with { AdvertisedAddress = Address(Value()) }; break;
                case "--nqn": options = options with { SubsystemNqn = Value() }; break;
                case "--max-io-queues": options = options with { MaxIoQueues = Number(Value()) }; break;
                case "--require-authentication": options = options with { RequireAuthentication = true }; break;
                case "--auth-hashes": options = options with { AuthenticationHashes = [.. Value().Split(',').Select(KeyCommandLine.HashNamed)] }; break;
                case "--auth-groups": options = options with { AuthenticationGroups = [.. Value().Split(',').Select(KeyCommandLine.GroupNamed)] }; break;
                case "--overcommit": options = options with { Overcommit = true }; break;
                case "--create": create.Add(Spec(Value(), shape)); break;
                case "--block-size": shape = shape with { BlockSize = Number(Value()) }; break;
                case "--direct": shape = shape with { Direct = OnOrOff(Value()) }; break;
                case "--preallocate": shape = shape with { Preallocate = true }; break;
                case "--delete": delete.Add(Uuid(Value())); break;
                case "--verbose": verbose = true; break;
                default: throw new FormatException($"unknown option \"{name}\"");
            }
        }

        return options.Directory.Length > 0 ? new Request(options, create, delete, verbose) : throw new FormatException("--directory is missing");
    }

    private static IPAddress Address(string text) =>
        IPAddress.TryParse(text, out var address) ? address : throw new FormatException($"\"{text}\" is no IP address");

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{text}\" is no number");

    private static Guid Uuid(string text) => Guid.TryParse(text, out var uuid) ? uuid : throw new FormatException($"\"{text}\" is no UUID");

    private static bool OnOrOff(string text) => text switch
    {
        "on" => true,
        "off" => false,
        _ => throw new FormatException($"\"{text}\" is neither on nor off"),
    };

    private static NamespaceSpec Spec(string text, NamespaceSpec shape)
    {
        var parts = text.Split(':', 3);
        return parts.Length < 2 ? throw new FormatException($"\"{text}\" is not UUID:SIZE or UUID:SIZE:PATH")
            : shape with { Uuid = Uuid(parts[0]), CapacityBytes = Size(parts[1]), BackingPath = parts.ElementAtOrDefault(2) };
    }

    private static long Size(string text)
    {
        var shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        var digits = shift == 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size <= long.MaxValue >> shift
            ? size << shift
            : throw new FormatException($"\"{text}\" is no size");
    }
}
