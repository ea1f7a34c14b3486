using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Validation;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Gates;

/// <summary>
/// Verdicts of Fail, each of which holds the later waves of its plan until somebody accepts it. Of a VM the newest run that has a verdict counts: a roll-back alone
/// lifts nothing, because what failed may fail again with the next VM.
/// </summary>
public static class VerdictHolds
{
    /// <summary>Of a plan, those that nobody has accepted and those that somebody has, by wave and name.</summary>
    public static async Task<IReadOnlyList<FailedVerdict>> OfPlanAsync(MigrateDb db, Guid planId, CancellationToken cancellationToken)
    {
        var fail = Outcome.Fail.ToString();
        var runs = await db.Runs.AsNoTracking()
            .Where(x => x.PlanId == planId && x.Outcome == fail && !db.Runs.Any(y => y.PlanId == planId && y.VmKey == x.VmKey && y.Outcome != null && y.CreatedAt > x.CreatedAt))
            .OrderBy(x => x.Wave).ThenBy(x => x.VmName)
            .Select(x => new Run { Id = x.Id, PlanId = x.PlanId, PlanVmId = x.PlanVmId, VmKey = x.VmKey, VmName = x.VmName, Wave = x.Wave, Phase = x.Phase, CreatedAt = x.CreatedAt, Verdict = x.Verdict, VerdictAcceptance = x.VerdictAcceptance })
            .ToListAsync(cancellationToken);
        return [.. runs.Select(FailedVerdict.Of).OfType<FailedVerdict>()];
    }

    /// <summary>Those that say something about a VM of a wave: an earlier wave's, and not its own, which its next run is to mend.</summary>
    public static IReadOnlyList<FailedVerdict> For(IEnumerable<FailedVerdict> ofPlan, int wave, string vmKey) => [.. ofPlan.Where(x => x.Wave < wave && x.VmKey != vmKey)];
}

/// <summary>A run whose verdict is Fail.</summary>
/// <param name="RunId">The run.</param>
/// <param name="VmKey">Key of its VM.</param>
/// <param name="VmName">Name of its VM.</param>
/// <param name="Wave">Later ones are held.</param>
/// <param name="JudgedAt">UTC.</param>
/// <param name="Statement">What failed.</param>
/// <param name="Accepted">By whom; null: it holds.</param>
public sealed record FailedVerdict(Guid RunId, string VmKey, string VmName, int Wave, DateTime JudgedAt, string Statement, VerdictAcceptance? Accepted)
{
    public bool Holds => Accepted is null;

    /// <summary>In one sentence, with who accepted it.</summary>
    public string Line => $"{VmName} of wave {Wave} (run {RunId}) was judged Fail on {Moment(JudgedAt)}: {Statement}"
        + (Accepted is null ? "" : $" Accepted by {Accepted.By} on {Moment(Accepted.At)}: {Accepted.Reason}");

    /// <summary>What lifts the hold.</summary>
    public string Remedy => $"Look at it (migrate report show {RunId}), then accept it: migrate run accept {RunId} --reason TEXT; or roll it back and move {VmName} again: its newer verdict counts then.";

    /// <summary>Null when the run has another verdict or none. An acceptance of an earlier verdict of the run counts no more.</summary>
    public static FailedVerdict? Of(Run run)
    {
        if (Verdict.Of(run) is not { Outcome: Outcome.Fail } verdict)
        {
            return null;
        }

        var accepted = VerdictAcceptance.Read(run.VerdictAcceptance);
        return new FailedVerdict(
            run.Id, run.VmKey, run.VmName, run.Wave, verdict.JudgedAt, string.Join(" ", verdict.Aspects.Where(x => x.Outcome == Outcome.Fail).Select(x => $"{x.Aspect}: {x.Statement}")),
            accepted?.JudgedAt == verdict.JudgedAt ? accepted : null);
    }

    private static string Moment(DateTime at) => at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>Somebody's word that a plan goes on in spite of a failed verdict.</summary>
/// <param name="By">The authenticated name, and what the caller said of itself.</param>
/// <param name="At">UTC.</param>
/// <param name="Reason">Why.</param>
/// <param name="JudgedAt">When the verdict was made that is accepted, UTC: no other one is.</param>
public sealed record VerdictAcceptance(string By, DateTime At, string Reason, DateTime JudgedAt)
{
    public static VerdictAcceptance? Read(string? json) => json is null ? null : JsonSerializer.Deserialize(json, VerdictHoldsJson.Default.VerdictAcceptance);

    public string Write() => JsonSerializer.Serialize(this, VerdictHoldsJson.Default.VerdictAcceptance);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(VerdictAcceptance))]
internal sealed partial class VerdictHoldsJson : JsonSerializerContext;
