using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Migrate.Api.Hosting;

/// <summary>What the OpenAPI document says beyond the endpoints themselves, so that clients that are generated of it can use what is answered.</summary>
internal static class OpenApiShape
{
    public static void Configure(OpenApiOptions options) => options
        .AddSchemaTransformer(OpenApiTypes.Say)
        .AddOperationTransformer(OpenApiCalls.Say)
        .AddDocumentTransformer(SayDocument)
        .AddDocumentTransformer(OpenApiTypes.SayWhole);

    /// <summary>Title, the token, and no server of this machine.</summary>
    private static Task SayDocument(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Migrate",
            Version = "v1",
            Description = "Plans and executes migrations of virtual machines from VMware to KVM, and proves the result. "
                + "Failures are RFC 9457 problem details with the extensions code, remedy, errors and leftBehind.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key, or the content of admin.token." },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
        return Task.CompletedTask;
    }
}
