using System.CommandLine;
using Migrate.Api.Hosts;
using Migrate.Planner;

namespace Migrate.Api.Cli;

internal static class HostCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("host", "KVM hosts that VMs move to", Add(cli), List(cli), Show(cli), Check(cli), Probe(cli), Update(cli), Remove(cli));

    private static Option<string?> KernelOption() => new("--probe-kernel")
    {
        Description = "Linux kernel image that the probe boots under KVM; without one it looks in /boot",
        HelpName = "PATH",
    };

    private static Option<string?> FioOption() => new("--fio")
    {
        Description = "JSON of a run of fio on the storage that its domains will use: plans compare the peaks of baselines with it",
        HelpName = "FILE",
    };

    private static Command Add(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "how commands will name the host" };
        var uri = new Option<string>("--uri") { Description = "libvirt connection URI", HelpName = "URI", DefaultValueFactory = _ => "qemu:///system" };
        var domainType = new Option<string>("--domain-type") { Description = "what domains get; auto takes what the probe proves", DefaultValueFactory = _ => "auto" };
        domainType.AcceptOnlyFromAmong("auto", "kvm", "qemu");
        var kernel = KernelOption();
        var fio = FioOption();
        var attachment = new Option<string?>("--attachment")
        {
            Description = "backing: the host is the storage node and opens the target's files; nvme-tcp: its kernel attaches namespaces, as it does on another machine or with --target",
        };
        attachment.AcceptOnlyFromAmong("backing", "nvme-tcp");
        var target = new Option<string[]>("--target")
        {
            Description = "where the host reaches the target, port 4420 if none is given; several are several paths. By default it follows from where the target listens",
            HelpName = "ADDRESS[:PORT]",
        };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "add",
            "Adds a KVM host after probing it. Ctrl-C stops waiting; the server goes on.",
            [name, uri, domainType, kernel, attachment, target, fio, noWait],
            async (invocation, cancellationToken) =>
            {
                var request = new AddHost(
                    invocation.Get(name), invocation.Get(uri)!, invocation.Get(domainType)!, FullPath(invocation.Get(kernel)), invocation.Get(attachment),
                    await ReadAsync(invocation.Get(fio), cancellationToken), invocation.Get(target));
                if (await OperationWatch.DoAsync(invocation, noWait, "hosts", request, cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var host = OperationWatch.Part(result.Host);
                invocation.Print(host, output => Describe(host, output));
                return ExitCode.Done;
            },
            "migrate host add kvm2 --uri qemu+ssh://root@kvm2.example.org/system --domain-type kvm",
            "migrate host add kvm2 --uri qemu+ssh://root@kvm2.example.org/system --target 10.0.4.2 --target 10.0.5.2",
            "migrate host add kvm1 --uri qemu:///system --probe-kernel /boot/vmlinuz-$(uname -r)",
            "migrate host add kvm1 --no-wait");
    }

    private static Command List(CommandSet cli)
    {
        var list = new ListOptions(HostEndpoints.Orders);
        return cli.Verb(
            "list",
            "Lists the KVM hosts.",
            list.After(),
            async (invocation, cancellationToken) =>
            {
                var hosts = await invocation.Api.GetAllAsync<HostView>("hosts" + list.Query(invocation), cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(hosts, output =>
                {
                    var table = new Table("NAME", "URI", "DOMAIN TYPE", "IN EFFECT", "ATTACHMENT", "PROBED");
                    foreach (var h in hosts)
                    {
                        table.Add(h.Name, h.Uri, h.DomainType, h.EffectiveDomainType, h.Attachment, Text.Time(h.ProbedAt));
                    }

                    table.Write(output);
                });
                return ExitCode.Done;
            },
            "migrate host list");
    }

    private static Command Show(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Verb(
            "show",
            "Shows what was read of a KVM host, and what its rules say of that.",
            [name],
            async (invocation, cancellationToken) =>
            {
                var host = await invocation.Api.GetAsync<HostView>($"hosts/{Uri.EscapeDataString(invocation.Get(name))}", cancellationToken);
                invocation.Print(host, output => HostText.Write(host, output));
                return ExitCode.Done;
            },
            "migrate host show kvm1");
    }

    private static Command Check(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var target = new Option<string?>("--target") { Description = "a target that the host is to reach: its ports and the path to it are tried from the host; port 4420 if none is given", HelpName = "ADDRESS[:PORT]" };
        var nqn = new Option<string?>("--nqn") { Description = "the target's subsystem that the host is to connect to, compared with those that the target names", HelpName = "NQN" };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "check",
            "Reads a KVM host again and says what is in the way of VMs. Exits with 3 when anything blocks. Ctrl-C stops waiting; the server goes on.",
            [name, target, nqn, noWait],
            async (invocation, cancellationToken) =>
            {
                var request = new CheckHost(invocation.Get(target), invocation.Get(nqn));
                if (await OperationWatch.DoAsync(invocation, noWait, $"hosts/{Uri.EscapeDataString(invocation.Get(name))}/check", request, cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var check = OperationWatch.Part(result.HostCheck);
                invocation.Print(check, output => HostText.WriteCheck(check, output));
                return OperationExit.Of(result);
            },
            "migrate host check kvm1",
            "migrate host check kvm1 --json",
            "migrate host check kvm1 --no-wait",
            "migrate host check kvm2 --target 10.0.4.2 --nqn nqn.2026-01.org.migrate:target");
    }

    private static Command Probe(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var kernel = KernelOption();
        var fio = FioOption();
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "probe",
            "Probes a KVM host again. Ctrl-C stops waiting; the server goes on.",
            [name, kernel, fio, noWait],
            async (invocation, cancellationToken) =>
            {
                var request = new ProbeHost(FullPath(invocation.Get(kernel)), await ReadAsync(invocation.Get(fio), cancellationToken));
                if (await OperationWatch.DoAsync(invocation, noWait, $"hosts/{Uri.EscapeDataString(invocation.Get(name))}/probe", request, cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var host = OperationWatch.Part(result.Host);
                invocation.Print(host, output => Describe(host, output));
                return ExitCode.Done;
            },
            "migrate host probe kvm1",
            "migrate host probe kvm1 --fio result.json",
            "migrate host probe kvm1 --no-wait");
    }

    private static Command Update(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var uri = new Option<string?>("--uri") { Description = "libvirt connection URI", HelpName = "URI" };
        var domainType = new Option<string?>("--domain-type") { Description = "what domains get; auto takes what the probe proves" };
        domainType.AcceptOnlyFromAmong("auto", "kvm", "qemu");
        var kernel = KernelOption();
        var attachment = new Option<string?>("--attachment") { Description = "backing: the host opens the target's files; nvme-tcp: its kernel attaches namespaces" };
        attachment.AcceptOnlyFromAmong("backing", "nvme-tcp");
        var target = new Option<string[]>("--target") { Description = "where the host reaches the target, in place of all that it was told before; 'none': it follows from where the target listens", HelpName = "ADDRESS[:PORT]" };
        var noWait = OperationWatch.NoWaitOption();
        return cli.Change(
            "update",
            "Changes a KVM host after probing it with the change; what is not given stays. Refused while runs to it are not over, and where it is while any was not rolled back. Ctrl-C stops waiting; the server goes on.",
            [name, uri, domainType, kernel, attachment, target, noWait],
            async (invocation, cancellationToken) =>
            {
                string[]? targets = invocation.Get(target) switch { null or [] => null, ["none"] => [], var given => given };
                var request = new UpdateHost(invocation.Get(uri), invocation.Get(domainType), invocation.Get(attachment), targets, FullPath(invocation.Get(kernel)));
                if (await OperationWatch.PatchAsync(invocation, noWait, $"hosts/{Uri.EscapeDataString(invocation.Get(name))}", request, cancellationToken) is not { } result)
                {
                    return ExitCode.Done;
                }

                var host = OperationWatch.Part(result.Host);
                invocation.Print(host, output => Describe(host, output));
                return ExitCode.Done;
            },
            "migrate host update kvm2 --domain-type kvm",
            "migrate host update kvm2 --target 10.0.4.2 --target 10.0.5.2",
            "migrate host update kvm2 --domain-type kvm --no-wait");
    }

    private static Command Remove(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        return cli.Removal(
            "remove",
            "Removes a KVM host that no plan uses; nothing on it is touched.",
            [name],
            async (invocation, cancellationToken) =>
            {
                await invocation.Api.DeleteAsync($"hosts/{Uri.EscapeDataString(invocation.Get(name))}", cancellationToken);
                invocation.Say($"Removed host {invocation.Get(name)}.");
                return ExitCode.Done;
            },
            "migrate host remove kvm2");
    }

    private static void Describe(HostView host, TextWriter output)
    {
        output.WriteLine($"{host.Name} ({host.Uri}): domains get type '{host.EffectiveDomainType}', attachment {host.Attachment}.");
        output.WriteLine(host.ProbeDetail);
    }

    private static async Task<string?> ReadAsync(string? file, CancellationToken cancellationToken) => file is null ? null
        : File.Exists(file) ? await File.ReadAllTextAsync(file, cancellationToken)
        : throw new MigrateException("host.fio-missing", $"There is no file '{file}'.", "Give the file that fio wrote with --output-format=json --output=FILE.");

    /// <summary>The server has another working directory.</summary>
    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);
}
