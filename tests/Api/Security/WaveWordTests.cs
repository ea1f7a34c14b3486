using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Runs;
using Migrate.Api.Security;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Tests.Security;

/// <summary>Who may start a wave depends on whether it takes a VM down without another word.</summary>
public sealed class WaveWordTests(RunningServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Role.Operator, MigrationMode.Cold, false, false, false, false)]
    [InlineData(Role.Operator, MigrationMode.Cold, true, false, false, true)]
    [InlineData(Role.Operator, MigrationMode.Cold, false, true, false, true)]
    [InlineData(Role.Operator, MigrationMode.Warm, false, false, false, true)]
    [InlineData(Role.Operator, MigrationMode.Warm, false, false, true, false)]
    [InlineData(Role.Approver, MigrationMode.Cold, false, false, false, true)]
    public async Task An_operator_takes_no_VM_down_alone(Role role, MigrationMode mode, bool requireApproval, bool hasApprovedTimes, bool cutsOverWhenReady, bool may)
    {
        var run = await server.AddRunAsync("word-" + Guid.NewGuid().ToString("N")[..8], (plan, vm, _) =>
        {
            plan.Policy = JsonSerializer.Serialize(new PlanPolicy { RequireApproval = requireApproval, Warm = new WarmPolicy { CutOverWhenReady = cutsOverWhenReady } }, PlannerJson.Default.PlanPolicy);
            vm.Mode = mode;
            vm.CutOverAt = hasApprovedTimes ? DateTime.UtcNow : null;
        });
        await using var db = await server.DatabaseAsync();
        var wave = await db.PlanVms.Where(x => x.PlanId == run.PlanId).Select(x => x.Wave).FirstAsync(Cancellation);
        var word = server.Services.GetRequiredService<WaveWord>();
        var account = new Account("ana", role, "session", []);

        if (may)
        {
            await word.CheckAsync(account, run.PlanId, wave, Cancellation);
        }
        else
        {
            (await Should.ThrowAsync<MigrateException>(() => word.CheckAsync(account, run.PlanId, wave, Cancellation))).Code.ShouldBe("wave.role-missing");
        }
    }
}
