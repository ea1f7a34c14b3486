using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Inventory;
using Migrate.Api.Problems;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Plans;

/// <summary>
/// All VMs that match a filter, for a plan: as many as somebody confirmed come in, or none. API and command confirm their number; the page, which shows them, the very set.
/// </summary>
internal sealed class MatchingVms(VmLists lists, IDbContextFactory<MigrateDb> databases)
{
    /// <summary>More at once than anybody looks through; a plan is made for its VMs, which are all judged.</summary>
    public const int Most = 5000;

    /// <summary>What is shown is of the asked source; keys are the plan's source's, which may have other VMs by them.</summary>
    /// <exception cref="MigrateException">plan.other-source.</exception>
    public static void CheckSource(PlanView plan, string source)
    {
        if (plan.SourceName != source)
        {
            throw new MigrateException("plan.other-source", $"Plan '{plan.Name}' moves VMs of source '{plan.SourceName}', not of '{source}'.", "Choose a plan of this source, or make one.");
        }
    }

    /// <summary>Keys of those that match, by name, without those that the plan has, and how many match at all.</summary>
    /// <exception cref="MigrateException">list.too-many and what is wrong with the filter.</exception>
    public async Task<MatchedVms> FindAsync(PlanView plan, VmFilter filter, CancellationToken cancellationToken)
    {
        var keys = await lists.KeysAsync(plan.SourceName, filter, Most, cancellationToken);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var planned = await db.PlanVms.Where(x => x.PlanId == plan.Id).Select(x => x.VmKey).ToHashSetAsync(cancellationToken);
        return new MatchedVms([.. keys.Where(x => !planned.Contains(x))], keys.Count);
    }

    /// <summary>The VMs that a call asks for, by name or as all that match.</summary>
    /// <exception cref="MigrateException">plan.invalid, plan.matches-changed.</exception>
    public async Task<IReadOnlyList<string>> OfAsync(PlanView plan, AddPlanVms request, CancellationToken cancellationToken)
    {
        if (request.Vms is null == request.Matching is null || (request.Matching is null && request.Expected is not null) || (request.Matching is not null && request.Expected is null))
        {
            throw new InvalidRequestException("plan.invalid", "The plan was not changed: 1 problem.", ["vms: either VMs by name, or what they match together with the expected number."]);
        }

        if (request.Matching is not { } filter)
        {
            return request.Vms!;
        }

        var found = await this.FindAsync(plan, filter, cancellationToken);
        Confirm(found.Matching, request.Expected!.Value, found.Matching == request.Expected);
        return found.Keys.Count > 0 ? found.Keys
            : throw new MigrateException("plan.nothing-to-add", $"No VM came into plan '{plan.Name}': {(found.Matching == 0 ? "none matches" : "it has all that match")}.", "Choose another filter.");
    }

    /// <exception cref="MigrateException">plan.matches-changed.</exception>
    public static void Confirm(int now, int confirmed, bool isSame)
    {
        if (isSame)
        {
            return;
        }

        if (now != confirmed)
        {
            throw new MigrateException("plan.matches-changed", $"{Text.Count(now, "VM")} match now; {confirmed} did when it was confirmed.", "Nothing was done. Look at the list again, and confirm what it has.");
        }

        throw new MigrateException("plan.matches-changed", $"{Text.Count(now, "VM")} match as when it was confirmed, but not the same ones.", "Nothing was done. Look at the list again, and confirm what it has.");
    }
}

/// <param name="Keys">Those that can come in, by name.</param>
/// <param name="Matching">How many match; the plan has the others already.</param>
internal sealed record MatchedVms(IReadOnlyList<string> Keys, int Matching)
{
    /// <summary>Another one for any other set of VMs.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Keys.Order(StringComparer.Ordinal)))));
}
