using Microsoft.Extensions.DependencyInjection;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Executor.Destinations;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>What a roll-back would lose of a guest's writes, counted by a real QEMU, of a guest whose writes are known.</summary>
[UsesDatabase]
public sealed class KeepBehindTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_roll_back_says_how_much_it_loses_and_loses_no_more_than_was_confirmed()
    {
        await using var site = await OpenAsync();
        var run = await MovedAsync(site);
        var behind = site.Services.GetRequiredService<ChangesBehind>();
        (await behind.ReadAsync(run.Id, Cancellation)).ShouldNotBeNull().Bytes.ShouldBe(KnownWrites.Bytes, await site.LogOfAsync(run.Id));

        var control = site.Services.GetRequiredService<RunControl>();
        foreach (var most in new long?[] { null, KnownWrites.Bytes - 1 })
        {
            var refused = await Should.ThrowAsync<MigrateException>(() => control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, most, new ApproversWord("a test", "because of it"), Cancellation));
            (refused.Code, refused.Message.Contains($"changed {KnownWrites.Bytes} bytes", StringComparison.Ordinal)).ShouldBe(("run.changes-unconfirmed", true), refused.Message);
            refused.Remedy.ShouldContain($"--discard-at-most {KnownWrites.Bytes}");
        }

        // Confirmed, and before the guest is stopped it goes on writing.
        await control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, KnownWrites.Bytes, new ApproversWord("a test", "because of it"), Cancellation);
        await Programs.OutputOfAsync("virsh", "-c", LibvirtFixture.Uri, "qemu-monitor-command", "--hmp", run.VmName, "qemu-io -d ua-disk-2000 \"write -P 7 5M 4k\"");
        await site.Services.GetRequiredService<IRunStepper>().StepAsync(run.Id, Cancellation);
        run = await site.RunAsync(run.Id);
        (run.Phase, run.Request, run.DiscardLimit).ShouldBe((RunPhase.Completed, null, null), await site.LogOfAsync(run.Id));
        (await site.LogOfAsync(run.Id)).ShouldContain($"Only {KnownWrites.Bytes} bytes were confirmed");
        (await Site.DomainStateAsync(run.VmName)).ShouldBe(DomainState.Running, "nothing was rolled back");

        await control.RollBackAsync(run.Id, deleteData: true, discardChanges: false, KnownWrites.Bytes + 65536, new ApproversWord("a test", "because of it"), Cancellation);
        await site.StepUntilAsync(run.Id, RunPhase.RolledBack);
        (await Site.DomainExistsAsync(run.VmName)).ShouldBeFalse();
        (await site.LogOfAsync(run.Id)).ShouldContain($"{KnownWrites.Bytes + 65536} bytes that it changed since the cutover are discarded");
    }

    [Fact]
    public async Task A_count_that_ended_with_its_domain_is_unknown_from_then_on()
    {
        await using var site = await OpenAsync();
        var run = await MovedAsync(site);
        var behind = site.Services.GetRequiredService<ChangesBehind>();
        (await behind.ReadAsync(run.Id, Cancellation))!.LostAt.ShouldBeNull();
        await using (var connection = await LibvirtFixture.ConnectAsync())
        {
            await connection.DestroyAsync(run.VmName, Cancellation);
            await connection.StartAsync(run.VmName, Cancellation);
        }

        var lost = (await behind.ReadAsync(run.Id, Cancellation)).ShouldNotBeNull();
        (lost.Bytes, lost.LostAt is not null).ShouldBe((KnownWrites.Bytes, true), "what was known last");
        var refused = await Should.ThrowAsync<MigrateException>(() =>
            site.Services.GetRequiredService<RunControl>().RollBackAsync(run.Id, deleteData: true, discardChanges: false, long.MaxValue, new ApproversWord("a test", "because of it"), Cancellation));
        (refused.Code, refused.Message.Contains("unknown since", StringComparison.Ordinal)).ShouldBe(("run.changes-unconfirmed", true), refused.Message);
    }

    private static async Task<Site> OpenAsync()
    {
        var directory = LibvirtFixture.NewDirectory();
        var site = await Site.OpenAsync(directory, Estates.Of(Estates.Vm(await KnownWrites.DiskAsync(directory))));
        await site.StartExecutorAsync(jobs: false);
        return site;
    }

    private static async Task<Run> MovedAsync(Site site)
    {
        var vm = site.Estate.Vms.Single();
        var policy = Estates.Policy() with { KeepBehind = true, ExpectConsole = new Dictionary<string, string> { [vm.Name] = KnownWrites.Marker } };
        var run = (await site.StartWaveAsync((await site.PlanAsync(policy, vm.Name)).Id)).Single();
        await site.StepUntilAsync(run.Id, RunPhase.Completed);
        run = await site.RunAsync(run.Id);
        run.Verdict!.ShouldContain($"The console showed \\u0022{KnownWrites.Marker}");
        return run;
    }
}
