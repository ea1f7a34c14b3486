using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A call that carried an Idempotency-Key, and what it was answered: the same call again gets the same answer and is not done twice.</summary>
public sealed class AnsweredCall
{
    /// <summary>The account's name, or key:ID.</summary>
    public required string Account { get; set; }
    public required string Key { get; set; }
    /// <summary>HMAC in hex of method, path, query and body, with a secret that is not in the database: another call with the same key is a mistake.</summary>
    public required string Call { get; set; }
    public DateTime AskedAt { get; set; }
    /// <summary>Null: it is being done, or the server died over it.</summary>
    public int? Status { get; set; }
    public string? ContentType { get; set; }
    public string? Location { get; set; }
    public string? Body { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<AnsweredCall>
    {
        public void Configure(EntityTypeBuilder<AnsweredCall> builder)
        {
            builder.ToTable("answered_calls").HasKey(x => new { x.Account, x.Key });
            builder.HasIndex(x => x.AskedAt);
        }
    }
}
