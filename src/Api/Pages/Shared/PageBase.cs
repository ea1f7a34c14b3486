using System.Globalization;
using Microsoft.AspNetCore.Components;
using Migrate.Api.Operations;
using Migrate.Api.Pages.Layout;
using Migrate.Api.Problems;
using Migrate.Api.Security;
using Migrate.Api.Security.Audit;
using Migrate.Api.Versions;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Shared;

/// <summary>What every page needs: its request, and one way to act on a form.</summary>
public abstract class PageBase : ComponentBase
{
    [CascadingParameter]
    public HttpContext Http { get; set; } = null!;

    [CascadingParameter]
    public LiveParts Live { get; set; } = null!;

    [Inject]
    public NavigationManager Navigation { get; set; } = null!;

    /// <summary>Why the form that was sent did nothing; shown beside it.</summary>
    protected Failure? Failure { get; private set; }

    protected CancellationToken Aborted => Http.RequestAborted;

    /// <summary>What makes the version of the thing that this page's forms change; null where they change nothing that has one.</summary>
    internal virtual ResourceVersion.Facts? Versioned => null;

    /// <summary>Begin of what lines of the audit log say was changed with it, e.g. plans/first.</summary>
    protected virtual string VersionedAs => Http.Request.Path.Value!.Trim('/');

    /// <summary>The version that is shown, and when: what a form's <see cref="VersionField"/> carries.</summary>
    internal string? ShownVersion { get; private set; }

    /// <summary>Reads what the page shows, before anything is rendered.</summary>
    protected virtual Task LoadAsync() => Task.CompletedTask;

    public override async Task SetParametersAsync(ParameterView parameters)
    {
        // A component is else rendered once before what it waits for is there.
        parameters.SetParameterProperties(this);
        if (Versioned is { } facts && await ResourceVersion.NowAsync(Http, facts) is { } tag)
        {
            // Before what is shown is read, as the API's tags: too old makes somebody look again, too new would overwrite what nobody saw.
            ShownVersion = $"{tag} {Http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().Ticks.ToString(CultureInfo.InvariantCulture)}";
        }

        await LoadAsync();
        await base.SetParametersAsync(ParameterView.Empty);
    }

    protected string? Asked(string name) => Http.Request.Query[name].ToString().Trim() is { Length: > 0 } value ? value : null;

    /// <summary>A field of the form that was sent; empty when there is none.</summary>
    protected string Sent(string name) => Http.Request.HasFormContentType ? Http.Request.Form[name].ToString().Trim() : "";

    protected IReadOnlyList<string> SentAll(string name) => Http.Request.HasFormContentType ? [.. Http.Request.Form[name].OfType<string>()] : [];

    /// <summary>A password as it was typed, blanks too; null when the field is empty.</summary>
    protected string? SentSecret(string name) => Http.Request.HasFormContentType && Http.Request.Form[name].ToString() is { Length: > 0 } secret ? secret : null;

    /// <summary>The role that was chosen.</summary>
    protected Role SentRole() => Enum.TryParse<Role>(Sent("role"), out var role) && Enum.IsDefined(role) ? role
        : throw new InvalidRequestException("page.role-invalid", "Nothing was done: no role was chosen.", ["role: Viewer, Operator, Approver or Admin."]);

    /// <summary>A time of the form, UTC; null when the field is empty. What is no time is refused: it must not come to mean "now".</summary>
    protected DateTime? SentTime(string name) => TimeOf(Sent(name));

    /// <summary>The same of the address: what is no time must not come to mean "any".</summary>
    protected DateTime? AskedTime(string name) => TimeOf(Asked(name));

    private static DateTime? TimeOf(string? text) => text is not { Length: > 0 } ? null
        : DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
        : throw new InvalidRequestException("page.time-invalid", "Nothing was done: a time cannot be read.", [$"'{text}' is no time: write it as 2026-03-01T02:00, in UTC."]);

    /// <summary>Who looks at the page.</summary>
    internal Account Account => Account.Of(Http.User) ?? throw new InvalidOperationException("Nobody sees a page who is not known.");

    /// <summary>Whether it is shown what takes this role. What it does is checked again when it does it.</summary>
    protected bool May(Role role) => Account.Role >= role;

    /// <summary>
    /// Does what a form asks for, if the account has the role that it takes, then leads to the path that the act answers, so that a reload does not do it
    /// again; null stays. A refusal stays on the page.
    /// </summary>
    protected async Task DoAsync(Role role, Func<Task<string?>> act)
    {
        string? next;
        try
        {
            if (!May(role))
            {
                throw new MigrateException("page.role-missing", $"This takes the role {role}; {Account.Name} has the role {Account.Role}.", "Ask somebody who has it, or an administrator to give it.");
            }

            Http.NoteReason(Sent("reason"));
            using var entered = await EnterAsync();
            next = await act();
        }
        catch (Exception e) when (e is not OperationCanceledException && Failure.Of(e) is { } failure)
        {
            Failure = failure;
            Http.NoteProblem(failure.Code);
            Http.Response.StatusCode = HttpMethods.IsPost(Http.Request.Method) ? failure.Status : StatusCodes.Status200OK;
            return;
        }

        if (next is not null)
        {
            Navigation.NavigateTo(next);
        }
    }

    /// <summary>A form that carries the version that was shown is refused when somebody else was faster, with what they did.</summary>
    private async Task<IDisposable?> EnterAsync()
    {
        if (Versioned is not { } facts || Sent("version").Split(' ') is not [var tag, var ticks])
        {
            return null;
        }

        try
        {
            return await ResourceVersion.EnterAsync(Http, facts, tag);
        }
        catch (MigrateException e) when (e.Code == "request.version-changed")
        {
            var since = long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var shown) && shown <= DateTime.MaxValue.Ticks ? new DateTime(shown, DateTimeKind.Utc) : DateTime.MinValue;
            throw new ChangedMeanwhileException(await Http.RequestServices.GetRequiredService<ChangesSince>().OfAsync(VersionedAs, since, May(Role.Approver), Aborted));
        }
    }

    /// <summary>What the page tells of long work on its thing: what a form of it began, what is under way, and what did not go well. While one is under way the page becomes new by itself.</summary>
    /// <param name="subject">As operations name it, e.g. sources/vc1.</param>
    protected async Task<IReadOnlyList<OperationView>> ToldOperationsAsync(string subject)
    {
        var told = await Http.RequestServices.GetRequiredService<OperationViews>().ToldAsync(subject, Guid.TryParse(Asked("operation"), out var id) ? id : null, Aborted);
        Live.Seconds ??= told.Any(x => x.IsUnderWay) ? 2 : null;
        return told;
    }

    /// <summary>Where a form leads that began an operation: to the page, which tells how it is.</summary>
    /// <param name="begun">What was begun.</param>
    /// <param name="typed">What the form is filled with again if that fails; never a secret.</param>
    protected string AfterBegun(OperationView begun, params KeyValuePair<string, string?>[] typed) => $"{Http.Request.Path}{QueryString.Create([new("operation", $"{begun.Id}"), .. typed])}";

    /// <summary>The operation that a form of this page began, which makes what has no page of its own yet; null where none was, it is not known any more, or a form was sent.</summary>
    protected async Task<OperationView?> BegunOperationAsync(OperationKind kind)
    {
        if (!HttpMethods.IsGet(Http.Request.Method) || !Guid.TryParse(Asked("operation"), out var id) || await Http.RequestServices.GetRequiredService<OperationViews>().SeekAsync(id, Aborted) is not { } begun || begun.Kind != kind)
        {
            return null;
        }

        Live.Seconds ??= begun.IsUnderWay ? 2 : null;
        return begun;
    }

    /// <summary>What a field had when the form was sent, or when what it began failed.</summary>
    protected string Typed(string name) => Http.Request.HasFormContentType ? Sent(name) : Asked(name) ?? "";

    /// <summary>A field of the form of this name, if that is the one that was sent: several forms of a page may have fields of one name.</summary>
    protected string SentIn(string form, string name) => Sent("_handler") == form ? Sent(name) : "";

    /// <summary>What cannot be taken back is typed.</summary>
    protected void Confirm(string name)
    {
        if (Sent("confirm") != name)
        {
            throw new InvalidRequestException("request.unconfirmed", "Nothing was done: it was not confirmed.", [$"confirm: type {name}, exactly so."]);
        }
    }
}
