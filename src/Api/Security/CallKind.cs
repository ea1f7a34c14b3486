namespace Migrate.Api.Security;

internal static class CallKind
{
    /// <summary>By its method (RFC 9110, 9.2.1): what is not meant to change anything needs no antiforgery token, leaves no line in the audit log and is not remembered.</summary>
    public static bool MayChange(this HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
}
