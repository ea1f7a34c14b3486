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

    /// <summary>The same for a plan that is still to be made.</summary>
    /// <exception cref="MigrateException">list.too-many and what is wrong with the filter.</exception>
    public async Task<MatchedVms> FindAsync(string source, VmFilter filter, CancellationToken cancellationToken)
    {
        var keys = await lists.KeysAsync(source, filter, Most, cancellationToken);
        return new MatchedVms(keys, keys.Count);
    }

    /// <summary>The VMs that a call asks for, by name or as all that match.</summary>
    /// <exception cref="MigrateException">plan.invalid, plan.matches-changed.</exception>
    public Task<IReadOnlyList<string>> OfAsync(PlanView plan, AddPlanVms request, CancellationToken cancellationToken) =>
        OfAsync(plan.Name, "changed", request.Vms, request.Matching, request.Expected, filter => FindAsync(plan, filter, cancellationToken));

    /// <summary>The VMs that a new plan is asked for.</summary>
    /// <exception cref="MigrateException">plan.invalid, plan.matches-changed, source.unknown.</exception>
    public Task<IReadOnlyList<string>> OfAsync(CreatePlan request, CancellationToken cancellationToken) =>
        OfAsync(request.Name, "created", request.Vms, request.Matching, request.Expected, filter => FindAsync(request.Source, filter, cancellationToken));

    private static async Task<IReadOnlyList<string>> OfAsync(string plan, string done, IReadOnlyList<string>? vms, VmFilter? matching, int? expected, Func<VmFilter, Task<MatchedVms>> find)
    {
        if (vms is null == matching is null || matching is null != expected is null)
        {
            throw new InvalidRequestException("plan.invalid", $"The plan was not {done}: 1 problem.", ["vms: either VMs by name, or what they match together with the expected number."]);
        }

        if (matching is null)
        {
            return vms!;
        }

        var found = await find(matching);
        Confirm(found.Matching, expected!.Value, found.Matching == expected);
        return found.Keys.Count > 0 ? found.Keys
            : throw new MigrateException("plan.nothing-to-add", $"No VM came into plan '{plan}': {(found.Matching == 0 ? "none matches" : "it has all that match")}.", "Choose another filter.");
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
