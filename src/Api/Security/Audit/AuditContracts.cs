using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Audit;

/// <summary>One line of the audit log. What is asked for is written before it is done, what came of it after.</summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="At">UTC.</param>
/// <param name="Kind">asked | answered | event.</param>
/// <param name="AskedAs">Of an answer: the sequence of what was asked.</param>
/// <param name="Who">The account.</param>
/// <param name="Through">admin-token, session, key:ID, proxy or login.</param>
/// <param name="CameFrom">IP address of the caller.</param>
/// <param name="Action">Name of the operation in this document, or of a page's form.</param>
/// <param name="Target">What it was done to.</param>
/// <param name="Outcome">Of an answer: the HTTP status, and a problem's code.</param>
/// <param name="Reason">What was given as reason.</param>
/// <param name="TraceId">As in problems and logs.</param>
/// <param name="Hash">SHA-256 of this line and the hash before it, in hex.</param>
/// <param name="Signature">The installation's signature of the hash, DER in Base64.</param>
public sealed record AuditView(
    long Sequence, DateTime At, string Kind, long? AskedAs, string Who, string Through, string CameFrom, string Action, string Target, string Outcome, string Reason,
    string TraceId, string Hash, string Signature)
{
    internal static AuditView Of(AuditEntry x) => new(
        x.Sequence, x.At, x.Kind, x.AskedAs, x.Who, x.Through, x.CameFrom, x.Action, x.Target, x.Outcome, x.Reason, x.TraceId, x.Hash, x.Signature);

    internal AuditEntry ToEntry() => new()
    {
        Sequence = Sequence,
        At = At,
        Kind = Kind,
        AskedAs = AskedAs,
        Who = Who,
        Through = Through,
        CameFrom = CameFrom,
        Action = Action,
        Target = Target,
        Outcome = Outcome,
        Reason = Reason,
        TraceId = TraceId,
        Hash = Hash,
        Signature = Signature,
    };
}

/// <param name="Intact">Every line follows from the one before, is signed, and none is missing.</param>
/// <param name="Lines">How many lines from the first on are in order.</param>
/// <param name="LastHash">Of the last of them. Whoever keeps it elsewhere can tell later whether the log was made anew.</param>
/// <param name="Problem">What is wrong with the next; null when intact.</param>
public sealed record AuditCheck(bool Intact, long Lines, string LastHash, string? Problem);
