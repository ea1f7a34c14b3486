using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

/// <summary>The commands of <c>migrate-target</c> that manage a running target by its admin API.</summary>
internal static class ManageCommandLine
{
    public const string DefaultSocket = "/run/migrate-target/admin.sock";

    public const string Usage = """
        usage: migrate-target COMMAND [options]       manages a target that is running

          status                                      what the target has, and what is wrong
          subsystem list
          subsystem add NQN [--any-host]              hosts are allowed one by one, or any
          subsystem remove NQN
          namespace list
          namespace add UUID SIZE [--block-size 4096] [--nsid N] [--ana-group N]
                        [--backing PATH] [--direct on|off] [--preallocate]    as with serve --create
          namespace resize UUID SIZE [--allow-data-loss]
          namespace online|offline UUID
          namespace remove UUID [--delete-backing]
          host list
          host allow|disallow NQN                     for a subsystem; a host that is disallowed is disconnected
          host drain NQN [--patience SECONDS]         ends its commands, then its connections, and asks it to come again later
          host resume NQN                             lets it come
          ana set STATE --port ID [--group N]         STATE: optimized, non-optimized, inaccessible, persistent-loss, change

          --subsystem NQN      the subsystem that is meant (the default one)
          --socket PATH        the target's admin socket (/run/migrate-target/admin.sock)
          --address URL        or its TCP address for administration, such as https://storage-1:7443
          --token-file FILE    with --address: file with the token, mode 0600
          --authority FILE     with --address: certificate (PEM) that the target's must be issued by

        SIZE is in bytes, or with K, M, G, T.
        """;

    private static readonly string[] Nouns = ["status", "subsystem", "namespace", "host", "ana"];

    public static bool Knows(string noun) => Nouns.Contains(noun);

    /// <exception cref="FormatException">The arguments are wrong.</exception>
    /// <exception cref="TargetException">It cannot be done.</exception>
    public static async Task RunAsync(string[] args, TextWriter output, CancellationToken cancel)
    {
        var given = ManageArguments.Parse(args);
        using var client = ClientOf(given);
        var subsystem = given.Option("--subsystem");
        switch (given.Words)
        {
            case ["status"]:
                await PrintStatusAsync(client, output, cancel);
                break;
            case ["subsystem", "list"]:
                await PrintSubsystemsAsync(client, output, cancel);
                break;
            case ["subsystem", "add", var nqn]:
                await client.PutSubsystemAsync(new SubsystemSpec(nqn) { AllowAnyHost = given.Flag("--any-host") }, cancel);
                break;
            case ["subsystem", "remove", var nqn]:
                await client.DeleteSubsystemAsync(nqn, cancel);
                break;
            case ["namespace", "list"]:
                await PrintNamespacesAsync(client, subsystem, output, cancel);
                break;
            case ["namespace", "add", var uuid, var size]:
                await client.CreateNamespaceAsync(SpecOf(given, uuid, size, subsystem), cancel);
                break;
            case ["namespace", "resize", var uuid, var size]:
                await client.ResizeNamespaceAsync(CommandLineValues.Uuid(uuid), CommandLineValues.Size(size), given.Flag("--allow-data-loss"), cancel);
                break;
            case ["namespace", "online", var uuid]:
                await client.BringOnlineAsync(CommandLineValues.Uuid(uuid), cancel);
                break;
            case ["namespace", "offline", var uuid]:
                await client.TakeOfflineAsync(CommandLineValues.Uuid(uuid), cancel);
                break;
            case ["namespace", "remove", var uuid]:
                await client.DeleteNamespaceAsync(CommandLineValues.Uuid(uuid), given.Flag("--delete-backing"), cancel);
                break;
            case ["host", "list"]:
                await PrintHostsAsync(client, output, cancel);
                break;
            case ["host", "allow", var nqn]:
                await client.AllowHostAsync(subsystem ?? await DefaultAsync(client, cancel), nqn, cancel);
                break;
            case ["host", "disallow", var nqn]:
                await client.DisallowHostAsync(subsystem ?? await DefaultAsync(client, cancel), nqn, cancel);
                break;
            case ["host", "drain", var nqn]:
                var patience = given.Option("--patience") is { } seconds ? CommandLineValues.Number(seconds) : 30;
                var inTime = await client.DrainHostAsync(nqn, TimeSpan.FromSeconds(patience), cancel);
                await output.WriteLineAsync(inTime ? "drained" : "drained; commands that had not ended in time were cut off");
                break;
            case ["host", "resume", var nqn]:
                await client.ResumeHostAsync(nqn, cancel);
                break;
            case ["ana", "set", var state]:
                var port = (ushort)CommandLineValues.Number(given.Option("--port") ?? throw new FormatException("--port is missing"));
                var group = given.Option("--group") is { } number ? (uint)CommandLineValues.Number(number) : 1;
                await client.SetAnaStateAsync(subsystem ?? await DefaultAsync(client, cancel), port, group, StateOf(state), cancel);
                break;
            default:
                throw new FormatException($"\"{string.Join(' ', given.Words)}\" lacks a word, or has one too many");
        }
    }

    private static TargetClient ClientOf(ManageArguments given)
    {
        var (socket, address) = (given.Option("--socket"), given.Option("--address"));
        var (tokenFile, authority) = (given.Option("--token-file"), given.Option("--authority"));
        if (address is null)
        {
            return tokenFile is null && authority is null ? TargetClient.OverSocket(socket ?? DefaultSocket) : throw new FormatException("--address is missing");
        }

        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || tokenFile is null || socket is not null)
        {
            throw new FormatException("--address takes a URL, needs --token-file, and does not go with --socket");
        }

        try
        {
            return TargetClient.Over(uri, AdminToken.Read(tokenFile), authority is null ? null : X509CertificateLoader.LoadCertificateFromFile(authority));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static NamespaceSpec SpecOf(ManageArguments given, string uuid, string size, string? subsystem) => new(
        CommandLineValues.Uuid(uuid), CommandLineValues.Size(size), given.Option("--block-size") is { } blockSize ? CommandLineValues.Number(blockSize) : 512)
    {
        SubsystemNqn = subsystem,
        Nsid = given.Option("--nsid") is { } nsid ? (uint)CommandLineValues.Number(nsid) : null,
        AnaGroup = given.Option("--ana-group") is { } group ? (uint)CommandLineValues.Number(group) : 1,
        BackingPath = given.Option("--backing"),
        Direct = given.Option("--direct") is { } direct ? CommandLineValues.OnOrOff(direct) : null,
        Preallocate = given.Flag("--preallocate"),
    };

    private static AnaState StateOf(string word) =>
        Enum.TryParse<AnaState>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var state) && Enum.IsDefined(state) && !char.IsDigit(word[0])
            ? state
            : throw new FormatException($"\"{word}\" is no access state");

    private static async Task<string> DefaultAsync(TargetClient client, CancellationToken cancel) => (await client.GetStatusAsync(cancel)).DefaultSubsystemNqn;

    private static async Task PrintStatusAsync(TargetClient client, TextWriter output, CancellationToken cancel)
    {
        var status = await client.GetStatusAsync(cancel);
        await output.WriteLineAsync($"migrate-target {status.Version}, records in {status.Directory}");
        foreach (var port in status.Ports)
        {
            await output.WriteLineAsync($"port {port.Id} {port.EndPoint}{(port.DiscoveryOnly ? " discovery only" : "")}");
        }

        await output.WriteLineAsync($"subsystems {status.Subsystems}, namespaces {status.Namespaces}, hosts connected {status.Hosts}");
        foreach (var one in (await client.ListNamespacesAsync(cancel)).Where(n => n.Problem is not null))
        {
            await output.WriteLineAsync($"namespace {one.Uuid} is offline: {one.Problem!.Cause} {one.Problem.Remedy} [{one.Problem.Code}]");
        }
    }

    private static async Task PrintSubsystemsAsync(TargetClient client, TextWriter output, CancellationToken cancel)
    {
        foreach (var one in await client.ListSubsystemsAsync(cancel))
        {
            await output.WriteLineAsync($"{one.Nqn}{(one.IsDefault ? " (default)" : "")} namespaces {one.Namespaces} controllers {one.Controllers}");
            foreach (var host in one.AllowAnyHost ? ["any"] : one.AllowedHosts)
            {
                await output.WriteLineAsync($"  host {host}");
            }

            foreach (var ana in one.AnaStates)
            {
                await output.WriteLineAsync($"  port {ana.Port} group {ana.Group} {JsonNamingPolicy.KebabCaseLower.ConvertName($"{ana.State}")}");
            }
        }
    }

    private static async Task PrintNamespacesAsync(TargetClient client, string? subsystem, TextWriter output, CancellationToken cancel)
    {
        foreach (var one in (await client.ListNamespacesAsync(cancel)).Where(n => subsystem is null || n.SubsystemNqn == subsystem))
        {
            var state = one.Problem is { } problem ? $"offline [{problem.Code}]" : one.Online ? "online" : "offline";
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{one.Uuid} nsid {one.Nsid} bytes {one.CapacityBytes} block {one.BlockSize} group {one.AnaGroup} {state} {one.SubsystemNqn} {one.BackingPath}"));
        }
    }

    private static async Task PrintHostsAsync(TargetClient client, TextWriter output, CancellationToken cancel)
    {
        foreach (var host in await client.ListHostsAsync(cancel))
        {
            await output.WriteLineAsync($"{host.Nqn}{(host.Drained ? " drained" : "")}");
            foreach (var controller in host.Controllers)
            {
                var from = controller.Connections is [var first, ..] ? $" from {first.Remote.Address}" : "";
                await output.WriteLineAsync(
                    $"  {controller.SubsystemNqn} controller {controller.Id} port {controller.Port} queues {controller.Connections.Count}{from}");
            }
        }
    }
}
