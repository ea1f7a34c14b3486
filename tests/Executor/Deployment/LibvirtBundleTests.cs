using System.Text.Json;
using Migrate.Executor.Deployment;

namespace Migrate.Executor.Tests.Deployment;

public sealed class LibvirtBundleTests : IDisposable
{
    private readonly ScriptRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task It_hands_libvirt_the_domain_as_designed_with_disks_where_they_are()
    {
        Virsh("9.0.0", "7.2.22");
        var plan = ScriptRun.Plan("linux-bios");
        var result = await _run.RunAsync(LibvirtBundle.For(plan), [], ("DISK_2000", _run.Disk));
        result.ExitCode.ShouldBe(0, result.Errors);
        _run.Read("defined.xml").TrimEnd('\n').ShouldBe(plan.Design.Xml.Replace(plan.Request.Disks[0].Path, _run.Disk, StringComparison.Ordinal));
        _run.Read("calls").ShouldContain("define --validate");
        _run.Read("calls").ShouldNotContain("start");
    }

    [Fact]
    public async Task It_starts_only_when_told_to()
    {
        Virsh("9.0.0", "7.2.22");
        (await _run.RunAsync(LibvirtBundle.For(ScriptRun.Plan("linux-bios")), ["--start"], ("DISK_2000", _run.Disk))).ExitCode.ShouldBe(0);
        _run.Read("calls").ShouldContain("start web01");
    }

    [Fact]
    public async Task A_host_that_is_too_old_for_the_settings_is_refused()
    {
        Virsh("9.0.0", "7.2.22");
        var result = await _run.RunAsync(LibvirtBundle.For(ScriptRun.Plan("linux-bios", "libvirt-11.3")), [], ("DISK_2000", _run.Disk));
        result.ExitCode.ShouldBe(1);
        result.Errors.ShouldContain("libvirt 9.0.0 is too old: the domain needs 11.2");
    }

    [Fact]
    public async Task A_disk_that_is_missing_and_a_domain_that_is_somebody_elses_are_named()
    {
        Virsh("9.0.0", "7.2.22", existing: "11111111-2222-3333-4444-555555555555");
        var script = LibvirtBundle.For(ScriptRun.Plan("linux-bios"));
        (await _run.RunAsync(script, [])).Errors.ShouldContain("/var/lib/migrate/vm-11-2000.raw is not there");
        (await _run.RunAsync(script, [], ("DISK_2000", _run.Disk))).Errors.ShouldContain("a domain 'web01' exists already (11111111");
        File.Exists(Path.Combine(_run.Root, "defined.xml")).ShouldBeFalse();
    }

    [Fact]
    public async Task It_tells_its_reasons_and_its_XML_without_touching_the_host()
    {
        var plan = ScriptRun.Plan("database-efi");
        var reasons = JsonDocument.Parse((await _run.RunAsync(LibvirtBundle.For(plan), ["--reasons"])).Output);
        reasons.RootElement.GetArrayLength().ShouldBe(plan.Design.Reasons.Count);
        (await _run.RunAsync(LibvirtBundle.For(plan), ["--xml"])).Output.TrimEnd('\n').ShouldBe(plan.Design.Xml);
    }

    [Theory]
    [InlineData("it's $(touch pwned) `touch pwned` \"x\" & <y>\nEND_OF_DOMAIN\ntouch pwned")]
    public async Task Names_from_the_source_are_text_and_never_commands(string name)
    {
        Virsh("9.0.0", "7.2.22");
        var plan = ScriptRun.Plan("linux-bios");
        var request = plan.Request with { Vm = plan.Request.Vm with { Name = name } };
        plan = plan with { Request = request, Design = Executor.Domains.DomainDesign.For(request), HostName = name };
        var result = await _run.RunAsync(LibvirtBundle.For(plan), [], ("DISK_2000", _run.Disk));
        result.ExitCode.ShouldBe(0, result.Errors);
        Directory.EnumerateFiles(_run.Root, "pwned").Concat(Directory.EnumerateFiles(".", "pwned")).ShouldBeEmpty();
        System.Xml.Linq.XElement.Parse(_run.Read("defined.xml")).Element("name")!.Value.ShouldBe(plan.Design.Name);
    }

    /// <summary>What would change this machine is in the script and is not run here.</summary>
    [Fact]
    public async Task With_namespaces_it_connects_now_and_at_every_start()
    {
        var script = LibvirtBundle.For(ScriptRun.Plan("database-efi", nvmeTcp: true));
        var check = await Programs.RunAsync("bash", "-n", Save(script));
        check.ExitCode.ShouldBe(0, check.Errors);
        foreach (var part in new[]
        {
            "cat > /etc/modules-load.d/nvme-tcp.conf", "/etc/nvme/discovery.conf", "systemctl enable nvmf-autoconnect.service", "/etc/systemd/system/virtqemud.service.d/nvmf.conf",
            "--ctrl-loss-tmo=-1", "--nr-io-queues=16", "--nqn=nqn.2014-08.org.nvmexpress:uuid:0198c0de-0000-7000-8000-00000000aaaa", "stafd.service", "global_filter", "nvme_core/parameters/multipath",
        })
        {
            script.ShouldContain(part);
        }
        script.ShouldContain($"'2000=/dev/disk/by-id/nvme-uuid.{new Guid(2000, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10]):D}'");
        LibvirtBundle.For(ScriptRun.Plan("database-efi")).ShouldNotContain("nvme connect", Case.Insensitive, "the host opens the backing itself");
    }

    private string Save(string script)
    {
        var file = Path.Combine(_run.Root, "saved.sh");
        File.WriteAllText(file, script);
        return file;
    }

    private void Virsh(string libvirt, string qemu, string? existing = null) => _run.Program("virsh", $$"""
        #!/bin/bash
        shift 2
        echo "$*" >> {{_run.Root}}/calls
        case $1 in
        version) echo "Running hypervisor: QEMU {{qemu}}"; echo "Running against daemon: {{libvirt}}";;
        domuuid) {{(existing is null ? "exit 1" : $"echo {existing}")}};;
        define) cp "$3" {{_run.Root}}/defined.xml;;
        esac
        """);
}
