using Migrate.Planner;

namespace Migrate.Api.Problems;

/// <summary>
/// Which HTTP status a failure's code has. The code's last word decides where it can, so that a new code of the same kind needs
/// no entry here.
/// </summary>
internal static class ProblemStatus
{
    public static int Of(MigrateException exception) => Of(exception.Code, exception.IsTransient);

    public static int Of(string code, bool isTransient)
    {
        var last = code[(code.LastIndexOf('.') + 1)..];
        return last switch
        {
            "not-found" or "unknown" or "not-started" => StatusCodes.Status404NotFound,
            "exists" or "name-taken" or "in-use" or "blocked" or "busy" or "already-running" or "wrong-phase" or "gates-closed" or "verdict-not-failed" or "verdict-accepted" or "changes-unconfirmed" or "two-copies" or "cancelled" or "matches-changed" => StatusCodes.Status409Conflict,
            "too-many-tries" => StatusCodes.Status429TooManyRequests,
            "version-changed" => StatusCodes.Status412PreconditionFailed,
            "role-missing" => StatusCodes.Status403Forbidden,
            "unreachable" or "not-vsphere" => StatusCodes.Status502BadGateway,
            "format-refused" => StatusCodes.Status406NotAcceptable,
            "chromium-missing" => StatusCodes.Status501NotImplemented,
            "chromium-failed" => StatusCodes.Status502BadGateway,
            "interrupted" or "stopping" or "trouble" => StatusCodes.Status503ServiceUnavailable,
            "timeout" => StatusCodes.Status504GatewayTimeout,
            "no-space" => StatusCodes.Status507InsufficientStorage,
            _ when code.StartsWith("libvirt.", StringComparison.Ordinal) => StatusCodes.Status502BadGateway,
            _ when isTransient => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status422UnprocessableEntity,
        };
    }
}
