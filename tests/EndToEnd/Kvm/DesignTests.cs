using System.Diagnostics;
using System.Net;
using System.Xml.Linq;
using Migrate.Executor.Deployment;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Executor.Targets;
using Migrate.Executor.Tests.Domains;
using Migrate.Planner.Plans;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>
/// Every sample VM, designed for a real host with its real facts, is defined with validation and starts: on the machine's libvirt and on a
/// newer one. Little memory and no network are this machine's limits; all else is as designed.
/// </summary>
public sealed class DesignTests(NewerLibvirt newer) : IClassFixture<NewerLibvirt>
{
    [Fact]
    public async Task The_machines_libvirt_starts_every_design()
    {
        await using var connection = await LibvirtFixture.ConnectAsync();
        await StartAllAsync(connection);
    }

    [Fact]
    public async Task A_newer_libvirt_starts_every_design()
    {
        await using var connection = await newer.ConnectAsync();
        var facts = await HostProbe.ProbeAsync(connection, TestContext.Current.CancellationToken);
        (facts.Libvirt >= new Version(11, 2) && facts.Qemu >= new Version(10, 0)).ShouldBeTrue($"{facts.Libvirt} {facts.Qemu}");
        await StartAllAsync(connection);
    }

    /// <summary>With KVM, pins and huge pages, which this machine cannot start: the schema and libvirt's own validation.</summary>
    [Fact]
    public async Task A_newer_libvirts_schema_accepts_the_designs_for_it()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-schema-").FullName;
        try
        {
            foreach (var name in SampleDesigns.All.Keys)
            {
                await File.WriteAllTextAsync(Path.Combine(directory, name + ".xml"), Golden(name, "libvirt-11.3").Xml, TestContext.Current.CancellationToken);
            }
            var schema = Path.Combine(NewerLibvirt.Packages, "root", "usr", "share", "libvirt", "schemas", "domain.rng");
            var result = await Programs.RunAsync("xmllint", ["--noout", "--relaxng", schema, .. Directory.EnumerateFiles(directory, "*.xml")]);
            result.ExitCode.ShouldBe(0, result.Errors);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The script that needs nothing of Migrate, run twice: it defines what was designed, and leaves it alone when it is there.</summary>
    [Fact]
    public async Task A_bundle_defines_its_domain_on_a_real_libvirt_and_the_host_lists_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var connection = await newer.ConnectAsync();
        var facts = await HostProbe.ProbeAsync(connection, cancellation);
        var directory = LibvirtFixture.NewDirectory();
        var (design, request) = DesignHere("busy-disks", facts, directory);
        try
        {
            var place = new TargetPlace(new IPEndPoint(IPAddress.Loopback, 4420), "nqn.2014-08.org.nvmexpress:uuid:0198c0de-0000-7000-8000-00000000aaaa", directory, 0);
            var script = Path.Combine(directory, "bundle.sh");
            await File.WriteAllTextAsync(script, LibvirtBundle.For(new PlannedDomain(request, design, "here", place, new Dictionary<int, Guid>())), cancellation);
            for (var time = 0; time < 2; time++)
            {
                var start = new ProcessStartInfo("bash", [script]);
                start.Environment["LIBVIRT_DEFAULT_URI"] = newer.Uri;
                await Programs.OutputOfAsync(start);
            }
            (await connection.FindAsync(design.Name, cancellation)).ShouldBe(design.Uuid);
            var listed = await connection.ListDefinitionsAsync(cancellation);
            listed.Select(xml => XElement.Parse(xml).Element("name")!.Value).ShouldContain(design.Name);
            CpuClaims.Of(listed, Guid.Empty).ShouldBeEmpty("nothing is pinned there");
        }
        finally
        {
            await connection.UndefineAsync(design.Name, removeNvram: true, CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }

    private static DomainXml Golden(string name, string host) => DomainDesign.For(SampleDesigns.Request(name, SampleDesigns.Hosts[host]));

    private static async Task StartAllAsync(LibvirtConnection connection)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var facts = await HostProbe.ProbeAsync(connection, cancellation);
        var directory = LibvirtFixture.NewDirectory();
        List<string> failures = [];
        try
        {
            foreach (var name in SampleDesigns.All.Keys)
            {
                var (design, _) = DesignHere(name, facts, directory);
                try
                {
                    await connection.DefineAndStartAsync(design.Name, design.Xml, cancellation);
                    (await connection.StateAsync(design.Name, cancellation)).ShouldBe(DomainState.Running);
                }
                catch (Migrate.Planner.MigrateException refused)
                {
                    failures.Add($"{name}: {refused.Message}");
                }
                finally
                {
                    await connection.DestroyAsync(design.Name, CancellationToken.None);
                    await connection.UndefineAsync(design.Name, removeNvram: true, CancellationToken.None);
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
        failures.ShouldBeEmpty();
    }

    private static (DomainXml Design, DomainRequest Request) DesignHere(string name, KvmHostFacts facts, string directory)
    {
        var sample = SampleDesigns.Request(name, facts, "qemu");
        foreach (var disk in sample.Vm.Disks)
        {
            using var file = File.Create(Path.Combine(directory, $"{disk.Key}.raw"));
            file.SetLength(1 << 20);
        }
        // A TPM needs swtpm beside libvirt; without one the policy leaves it out.
        var policy = sample.Policy.Domain with
        {
            Pinning = Choice.Never,
            HugePages = Choice.Never,
            LockedMemory = Choice.Never,
            Tpm = facts.TpmEmulator == true ? sample.Policy.Domain.Tpm : Choice.Never,
        };
        var request = sample with
        {
            Vm = sample.Vm with { Name = Guests.NewName(), BiosUuid = Guid.NewGuid().ToString(), MemoryBytes = 256L << 20 },
            Disks = [.. sample.Vm.Disks.Select(d => DiskAttachment.Backing(d.Key, Path.Combine(directory, $"{d.Key}.raw"), rotational: false))],
            Policy = sample.Policy with { Domain = policy, Networks = sample.Policy.Networks.ToDictionary(n => n.Key, _ => new NetworkMapping("user", "")) },
            ConsoleLogPath = Path.Combine(directory, "console.log"),
        };
        return (DomainDesign.For(request), request);
    }
}
