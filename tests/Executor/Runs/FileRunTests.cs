using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Copy;
using Migrate.Executor.Preflight;
using Migrate.Executor.Probes;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>VMs that are files of this machine are planned and copied; what arrives is what qemu-img reads out of the same files.</summary>
[UsesDatabase]
public sealed class FileRunTests : IAsyncLifetime
{
    private FileSite _site = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _site = await FileSite.OpenAsync();

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    [Theory]
    [InlineData("ova", "streamOptimized", "local-vmdk")]
    [InlineData("ovf", "streamOptimized", "local-vmdk")]
    [InlineData("ovf", "monolithicSparse", "local-vmdk")]
    [InlineData("vmx", "twoGbMaxExtentSparse", "local-vmdk")]
    [InlineData("vmx", "monolithicFlat", "local-vmdk")]
    [InlineData("vmx", "snapshot", "local-vmdk")]
    [InlineData("vmx", "raw", "raw-file")]
    public async Task A_disk_arrives_as_it_is(string package, string format, string reader)
    {
        var disk = await DiskAsync(format);
        var expected = Path.Combine(_site.Directory, "expected.raw");
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", format == "raw" ? "raw" : "vmdk", "-O", "raw", disk, expected);
        var capacity = new FileInfo(expected).Length;
        var plan = package switch
        {
            "ova" => await _site.PlanAsync(SourceKind.Ova, await SamplePackage.OvaAsync(_site.Files, disk, capacity)),
            "ovf" => await _site.PlanAsync(SourceKind.Ova, await SamplePackage.OvfAsync(_site.Files, disk, capacity)),
            _ => await _site.PlanAsync(SourceKind.Vmx, await SamplePackage.VmxAsync(_site.Files, Path.GetFileName(disk))),
        };
        if (package == "ova")
        {
            File.Delete(disk);
        }

        var check = await _site.Services.GetRequiredService<PlanChecker>().CheckAsync(plan.Id, Cancel);
        PlanChecks(check).ShouldBeEmpty();
        var run = await _site.StartAsync(plan);
        (await _site.StepUntilAsync(run, RunPhase.CuttingOver)).Phase.ShouldBe(RunPhase.CuttingOver);

        var copied = (await _site.DisksAsync(run)).ShouldHaveSingleItem();
        copied.Reader.ShouldBe(reader);
        await using var file = File.OpenRead(expected);
        var hash = await DiskHash.OfStreamAsync(file, Cancel);
        (copied.SourceHash, copied.DestinationHash).ShouldBe((hash, hash));
        (await Programs.RunAsync("cmp", expected, _site.BackingOf(copied))).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_file_that_was_written_to_since_the_plan_is_refused_until_it_is_as_it_was()
    {
        var disk = await DiskAsync("monolithicFlat");
        var data = Path.Combine(_site.Files, "disk-flat.vmdk");
        var then = File.GetLastWriteTimeUtc(data);
        var plan = await _site.PlanAsync(SourceKind.Vmx, await SamplePackage.VmxAsync(_site.Files, Path.GetFileName(disk)));
        var run = await _site.StartAsync(plan);
        File.SetLastWriteTimeUtc(data, then.AddSeconds(1));

        var failed = await _site.StepUntilAsync(run, RunPhase.CuttingOver);

        (failed.Phase, failed.ErrorCode).ShouldBe((RunPhase.Failed, "source.disk-changed"));
        failed.Error!.ShouldContain(data);
        File.SetLastWriteTimeUtc(data, then);
        await _site.Services.GetRequiredService<RunControl>().RetryAsync(run.Id, Cancel);
        (await _site.StepUntilAsync(run, RunPhase.CuttingOver)).Phase.ShouldBe(RunPhase.CuttingOver);
    }

    [Fact]
    public async Task A_VM_that_runs_by_its_lock_is_left_alone_and_the_lock_is_named()
    {
        var disk = await DiskAsync("monolithicFlat");
        var vmx = await SamplePackage.VmxAsync(_site.Files, Path.GetFileName(disk));
        var plan = await _site.PlanAsync(SourceKind.Vmx, vmx);
        var run = await _site.StartAsync(plan);
        await using (var db = await _site.DatabaseAsync())
        {
            (await db.Runs.FindAsync([run.Id], Cancel))!.Phase = RunPhase.Preparing;
            await db.SaveChangesAsync(Cancel);
        }

        Directory.CreateDirectory(vmx + ".lck"); // As a workstation makes it when it starts the VM.
        var failed = await _site.StepUntilAsync(run, RunPhase.Seeding);

        (failed.Phase, failed.ErrorCode).ShouldBe((RunPhase.Failed, "source.not-off"));
        failed.Error!.ShouldContain(vmx + ".lck");
        failed.Remedy!.ShouldContain("where it runs");
    }

    [Fact]
    public async Task A_VM_whose_disk_is_not_there_cannot_start()
    {
        await SamplePackage.VmxAsync(_site.Files, "gone.vmdk");
        var plan = await _site.PlanAsync(SourceKind.Vmx, _site.Files);
        var refused = await Should.ThrowAsync<WaveRefusedException>(() => _site.StartAsync(plan));
        refused.Refusals.ShouldContain(r => r.Code == "disk.unreadable" && r.Message.Contains("gone.vmdk"), string.Join('\n', refused.Refusals));
    }

    /// <summary>What this machine lacks as a KVM host, and what does not stop a run, is not about the files.</summary>
    private static List<string> PlanChecks(Planner.Persistence.PlanCheck check) =>
    [
        .. Planner.Concerns.PlanChecks.Findings(check).Select(f => f.Concern)
            .Where(c => c.Severity == Planner.Concerns.ConcernSeverity.Critical || PreflightRules.All.All(rule => rule.Id != c.Id)).Select(c => c.Assessment),
    ];

    private async Task<string> DiskAsync(string format)
    {
        var raw = Path.Combine(_site.Directory, "disk.raw");
        var content = SampleDisk.Random(new Random(format.Length));
        await File.WriteAllBytesAsync(raw, content, Cancel);
        if (format == "raw")
        {
            var image = Path.Combine(_site.Files, "disk.img");
            File.Copy(raw, image);
            return image;
        }

        var vmdk = Path.Combine(_site.Files, "disk.vmdk");
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", $"subformat={(format == "snapshot" ? "monolithicSparse" : format)}", raw, vmdk);
        if (format != "snapshot")
        {
            return vmdk;
        }

        var child = Path.Combine(_site.Files, "disk-000001.vmdk");
        await Programs.OutputOfAsync("qemu-img", "create", "-f", "vmdk", "-F", "vmdk", "-b", vmdk, child);
        await Programs.OutputOfAsync("qemu-io", "-f", "vmdk", "-c", "write -P 0x5a 65536 65536", "-c", $"write -z {128 << 10} 64k", child);
        return child;
    }
}
