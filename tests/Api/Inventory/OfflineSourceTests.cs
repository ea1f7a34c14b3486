using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Persistence;
using Migrate.Planner.Tests.Offline;
using Migrate.Planner.Tests.Offline.Dumps;

namespace Migrate.Api.Tests.Inventory;

public sealed class OfflineSourceTests(RunningServer server) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_dump_is_added_synchronised_and_planned_with_and_its_runs_are_refused()
    {
        SampleDump.WriteTo(_folder);
        (await DoneAsync("source", "add", "old-dump", "--dump", _folder.Path)).Out.ShouldContain(_folder.Path);
        var listed = JsonDocument.Parse((await server.RunAsync("source", "list", "--json")).Out).RootElement.EnumerateArray().Single(s => s.GetProperty("name").GetString() == "old-dump");
        listed.GetProperty("kind").GetString().ShouldBe("Dump");
        listed.GetProperty("paths")[0].GetString().ShouldBe(_folder.Path);

        var first = JsonDocument.Parse((await DoneAsync("inventory", "sync", "old-dump", "--json")).Out).RootElement;
        (first.GetProperty("vmCount").GetInt32(), first.GetProperty("hostCount").GetInt32()).ShouldBe((1, 1));
        // Its files are read again by every synchronisation.
        _folder.Write("0099-VirtualMachine-vm-99.xml", SampleDump.Files[SampleDump.VmFile].Replace("vm-11", "vm-99").Replace("web01", "web99"));
        var second = JsonDocument.Parse((await DoneAsync("inventory", "sync", "old-dump", "--json")).Out).RootElement;
        (second.GetProperty("vmCount").GetInt32(), second.GetProperty("added").GetInt32(), second.GetProperty("changed").GetInt32()).ShouldBe((2, 1, 0));

        await AddHostAsync("kvm-for-dump");
        var planned = await server.RunAsync("plan", "create", "from-dump", "--source", "old-dump", "--host", "kvm-for-dump", "--vm", "web01", "--network", "web=bridge:br0");
        planned.ExitCode.ShouldBe(0, planned.Error);
        (await server.RunAsync("plan", "concerns", "from-dump")).Out.ShouldContain("web01");
        var started = await server.RunAsync("wave", "start", "from-dump", "--wave", "1");
        started.ExitCode.ShouldNotBe(0);
        started.Error.ShouldContain("offline");

        (await server.RunAsync("source", "update", "old-dump", "--thumbprint", new string('A', 64))).Error.ShouldContain("offline");
    }

    [Fact]
    public async Task A_datastore_that_names_no_hosts_is_followed_down_over_every_host_that_shows_its_LUN()
    {
        SampleDump.WriteTo(_folder);
        _folder.Write("0098-Datastore-datastore-98.xml", SampleDump.Object("Datastore", "datastore-98", ("name", "xsd:string", "vmfs98"),
            ("summary", "DatastoreSummary", "<name>vmfs98</name><url>ds:///vmfs/volumes/98/</url><capacity>1</capacity><freeSpace>1</freeSpace><accessible>true</accessible><type>VMFS</type>"),
            ("info", "VmfsDatastoreInfo", "<name>vmfs98</name><vmfs><blockSizeMb>1</blockSizeMb><extent><diskName>naa.6e843b6000000001</diskName><partition>1</partition></extent></vmfs>")));
        _folder.Write(SampleDump.VmFile, SampleDump.Files[SampleDump.VmFile].Replace(">datastore-9<", ">datastore-98<"));
        await DoneAsync("source", "add", "no-mounts", "--dump", _folder.Path);
        await DoneAsync("inventory", "sync", "no-mounts");

        (await DoneAsync("inventory", "topology", "--source", "no-mounts", "--datastore", "vmfs98")).Out.ShouldContain("vmhba64");
        (await DoneAsync("inventory", "show", "web01", "--source", "no-mounts")).Out.ShouldContain("vmhba64");
    }

    [Fact]
    public async Task Files_of_VMs_are_added_by_their_paths()
    {
        _folder.Write("a/a.vmx", "config.version = \"8\"\ndisplayName = \"alpha\"\nmemsize = \"1024\"");
        _folder.Write("b/b.vmx", "config.version = \"8\"\ndisplayName = \"beta\"");
        _folder.Write("b/notes.txt", "no VM");
        await DoneAsync("source", "add", "copies", "--vmx", Path.Combine(_folder.Path, "a"), Path.Combine(_folder.Path, "b/b.vmx"));
        JsonDocument.Parse((await DoneAsync("inventory", "sync", "copies", "--json")).Out).RootElement.GetProperty("vmCount").GetInt32().ShouldBe(2);
        (await DoneAsync("inventory", "vms", "--source", "copies")).Out.ShouldContain("alpha");
        (await server.RunAsync("source", "add", "notes", "--vmx", Path.Combine(_folder.Path, "b/notes.txt"))).Error.ShouldContain("its name would end in .vmx");
        _folder.Write("c/c.ovf", """<Envelope><VirtualSystem id="gamma"><VirtualHardwareSection/></VirtualSystem></Envelope>""");
        (await server.RunAsync("source", "add", "package", "--ova", Path.Combine(_folder.Path, "c"), "--check-digests")).Error.ShouldContain("no manifest");
        await DoneAsync("source", "add", "package", "--ova", Path.Combine(_folder.Path, "c/c.ovf"));
        JsonDocument.Parse((await DoneAsync("inventory", "sync", "package", "--json")).Out).RootElement.GetProperty("vmCount").GetInt32().ShouldBe(1);
        (await server.RunAsync("source", "add", "both", "--vmx", _folder.Path, "--dump", _folder.Path)).Error.ShouldContain("one kind");
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_request_is_told_and_nothing_is_stored()
    {
        using var client = server.Client();
        var answer = await client.PostAsJsonAsync("api/v1/sources/offline", new { name = "bad name!", kind = "Dump", paths = new[] { "relative/path", "/nowhere/at/all" } }, TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(422);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldContain("name:");
        text.ShouldContain("a dump is one folder or archive");
        text.ShouldContain("relative/path");
        text.ShouldContain("/nowhere/at/all");

        var empty = await server.RunAsync("source", "add", "empty-dump", "--dump", _folder.Path);
        empty.ExitCode.ShouldBe(1);
        empty.Error.ShouldContain("no XML files");
        (await server.RunAsync("source", "add", "nothing")).ExitCode.ShouldNotBe(0);
        (await server.RunAsync("source", "list", "--json")).Out.ShouldNotContain("empty-dump");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<CommandResult> DoneAsync(params string[] args)
    {
        var result = await server.RunAsync(args);
        result.ExitCode.ShouldBe(0, result.Error);
        return result;
    }

    private async Task AddHostAsync(string name)
    {
        await using var db = await server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(TestContext.Current.CancellationToken);
        db.KvmHosts.Add(new KvmHost { Id = Guid.NewGuid(), Name = name, Uri = "test:///default", DomainType = "qemu" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }
}
