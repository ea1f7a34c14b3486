using Microsoft.EntityFrameworkCore;
using Migrate.Api.Security;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Runs;

/// <summary>
/// Starting a wave copies; whether it also takes a VM down is the plan's word. Where it does without asking anybody again, only an approver may start it.
/// </summary>
internal sealed class WaveWord(IDbContextFactory<MigrateDb> databases)
{
    /// <exception cref="MigrateException">wave.role-missing.</exception>
    public async Task CheckAsync(Account account, Guid planId, int wave, CancellationToken cancellationToken)
    {
        if (account.Role >= Role.Approver)
        {
            return;
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var policy = PlannerJson.Read(await db.Plans.Where(x => x.Id == planId).Select(x => x.Policy).SingleAsync(cancellationToken), PlannerJson.Default.PlanPolicy);
        if (policy.RequireApproval)
        {
            return;
        }

        // Times of approved waves are an approver's word already.
        var goesOn = await db.PlanVms.CountAsync(
            x => x.PlanId == planId && x.Wave == wave && x.CutOverAt == null && (x.Mode == MigrationMode.Cold || policy.Warm.CutOverWhenReady), cancellationToken);
        if (goesOn > 0)
        {
            throw new MigrateException(
                "wave.role-missing",
                $"Wave {wave} would take {Text.Count(goesOn, "VM")} down without asking anybody again; {account.Name} has the role {account.Role}, and that takes an {Role.Approver}.",
                "Have an approver start it, or approve its wave plan ('migrate wave approve'); or make the plan with --require-approval, then each cutover waits for an approver.");
        }
    }
}
