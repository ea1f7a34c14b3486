using System.CommandLine;
using Migrate.Api.Hosts;

namespace Migrate.Api.Cli;

internal static class HostCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("host", "KVM hosts that VMs move to", Add(cli), List(cli), Probe(cli));

    private static Option<string?> KernelOption() => new("--probe-kernel")
    {
        Description = "Linux kernel image that the probe boots under KVM; without one it looks in /boot",
        HelpName = "PATH",
    };

    private static Command Add(CommandSet cli)
    {
        var name = new Argument<string>("NAME") { Description = "how commands will name the host" };
        var uri = new Option<string>("--uri") { Description = "libvirt connection URI", HelpName = "URI", DefaultValueFactory = _ => "qemu:///system" };
        var domainType = new Option<string>("--domain-type") { Description = "what domains get; auto takes what the probe proves", DefaultValueFactory = _ => "auto" };
        domainType.AcceptOnlyFromAmong("auto", "kvm", "qemu");
        var kernel = KernelOption();
        var attachment = new Option<string>("--attachment")
        {
            Description = "backing: the host is the storage node and opens the target's files; nvme-tcp: its kernel attaches namespaces",
            DefaultValueFactory = _ => "backing",
        };
        attachment.AcceptOnlyFromAmong("backing", "nvme-tcp");
        return cli.Verb(
            "add",
            "Adds a KVM host after probing it.",
            [name, uri, domainType, kernel, attachment],
            async (invocation, cancellationToken) =>
            {
                var request = new AddHost(
                    invocation.Get(name), invocation.Get(uri)!, invocation.Get(domainType)!, FullPath(invocation.Get(kernel)), invocation.Get(attachment)!);
                var host = await invocation.Api.PostAsync<HostView>("hosts", request, cancellationToken);
                invocation.Print(host, output => Describe(host, output));
                return ExitCode.Done;
            },
            "migrate host add kvm1 --uri qemu:///system --probe-kernel /boot/vmlinuz-$(uname -r)");
    }

    private static Command List(CommandSet cli) => cli.Verb(
        "list",
        "Lists the KVM hosts.",
        [],
        async (invocation, cancellationToken) =>
        {
            var hosts = await invocation.Api.GetAllAsync<HostView>("hosts", cancellationToken).ToListAsync(cancellationToken);
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

    private static Command Probe(CommandSet cli)
    {
        var name = new Argument<string>("NAME");
        var kernel = KernelOption();
        return cli.Verb(
            "probe",
            "Probes a KVM host again.",
            [name, kernel],
            async (invocation, cancellationToken) =>
            {
                var host = await invocation.Api.PostAsync<HostView>(
                    $"hosts/{Uri.EscapeDataString(invocation.Get(name))}/probe", new ProbeHost(FullPath(invocation.Get(kernel))), cancellationToken);
                invocation.Print(host, output => Describe(host, output));
                return ExitCode.Done;
            },
            "migrate host probe kvm1");
    }

    private static void Describe(HostView host, TextWriter output)
    {
        output.WriteLine($"{host.Name} ({host.Uri}): domains get type '{host.EffectiveDomainType}', attachment {host.Attachment}.");
        output.WriteLine(host.ProbeDetail);
    }

    /// <summary>The server has another working directory.</summary>
    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);
}
