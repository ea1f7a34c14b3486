using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Tests;

/// <summary>Runs as they lie in the server's database, with the source, host, plan and VM that they hang on; nobody is there to do them.</summary>
internal static class SampleRuns
{
    /// <param name="server">Whose database.</param>
    /// <param name="name">Of the VM and of all else.</param>
    /// <param name="change">What is not as usual.</param>
    /// <param name="with">Rows of the run that are added with it.</param>
    public static async Task<Run> AddRunAsync(this RunningServer server, string name, Action<Plan, PlanVm, Run> change, Func<Run, object>? with = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var at = DateTime.UnixEpoch;
        var source = new Source { Id = Guid.NewGuid(), Name = name, Url = "https://127.0.0.1:1", UserName = "u", ProtectedPassword = "lost", CreatedAt = at };
        var host = new KvmHost { Id = Guid.NewGuid(), Name = name, Uri = "test:///default", DomainType = "qemu" };
        var plan = new Plan { Id = Guid.NewGuid(), Name = name, SourceId = source.Id, KvmHostId = host.Id, InventoryVersion = 1, Policy = "{}", CreatedAt = at };
        var vm = new PlanVm { Id = Guid.NewGuid(), PlanId = plan.Id, VmKey = "vm-1", VmName = name, Wave = 1, Concerns = "[]", Disks = "[]" };
        var run = new Run
        {
            Id = Guid.NewGuid(),
            PlanId = plan.Id,
            PlanVmId = vm.Id,
            VmKey = vm.VmKey,
            VmName = name,
            Wave = 1,
            Phase = RunPhase.Preparing,
            ResumePhase = RunPhase.Preparing,
            CreatedAt = at,
        };
        change(plan, vm, run);
        await using var db = await server.Services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(cancellation);
        db.AddRange(source, host, plan, vm, run);
        if (with is not null)
        {
            db.Add(with(run));
        }

        await db.SaveChangesAsync(cancellation);
        return run;
    }
}
