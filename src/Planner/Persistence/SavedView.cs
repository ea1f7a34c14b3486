using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>Filter and order of a list under a name, as somebody wants to come back to it.</summary>
public sealed class SavedView
{
    public Guid Id { get; set; }
    /// <summary>The account's name.</summary>
    public required string Owner { get; set; }
    /// <summary>inventory | runs.</summary>
    public required string List { get; set; }
    public required string Name { get; set; }
    /// <summary>Query string of the list, without its page.</summary>
    public required string Query { get; set; }
    /// <summary>Everybody sees it.</summary>
    public bool IsShared { get; set; }
    public DateTime SavedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<SavedView>
    {
        public void Configure(EntityTypeBuilder<SavedView> builder)
        {
            builder.ToTable("saved_views").HasKey(x => x.Id);
            builder.HasIndex(x => new { x.Owner, x.List, x.Name }).IsUnique();
        }
    }
}
